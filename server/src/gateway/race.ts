import type { AnswerHead, AnswerSink, Flight } from '../providers/index.ts'
import { failureOfFault, failureOfStatus, type AttemptFailure } from './attempt-failure.ts'

/** A provider that takes part: its `send` begins its own request. */
export type Racer = {
  readonly send: (sink: AnswerSink) => Flight
  readonly onFirstByte: () => void
  /** It is out of the race: it failed, or (`undefined`) another was quicker. */
  readonly onOut: (failure: AttemptFailure | undefined) => void
}

export type Race = {
  readonly send: (sink: AnswerSink) => Flight
  /** Whose answer was handed on; `undefined` while nobody's was. */
  readonly winner: () => Racer | undefined
}

/**
 * Asks `first`; when it is silent for `afterMs`, asks a second one as well. Who sends the first byte of an answer is handed
 * on, the other is cancelled at once. One that fails leaves the race to the other.
 */
export function openRace(first: Racer, afterMs: number, second: () => Racer | undefined): Race {
  let field: Field | undefined
  return {
    send(sink) {
      const timer = setTimeout(() => {
        const racer = lanes.chosen() ? undefined : second()
        if (racer) start(lanes, racer, sink)
      }, afterMs)
      const lanes = openField(sink, () => clearTimeout(timer))
      field = lanes
      start(lanes, first, sink)
      return {
        resume: () => lanes.chosen()?.flight?.resume(),
        cancel() {
          clearTimeout(timer)
          lanes.cancel()
        },
      }
    },
    winner: () => field?.chosen()?.racer,
  }
}

type Lane = { readonly racer: Racer; flight: Flight | undefined; head: AnswerHead | undefined; isOut: boolean }

type Field = {
  readonly enter: (racer: Racer) => Lane
  readonly chosen: () => Lane | undefined
  /** From now on this one is handed on, its head first; all others are out. */
  readonly choose: (lane: Lane) => void
  /** `false`: there is nobody else to leave the race to. */
  readonly giveWay: (lane: Lane, failure: AttemptFailure) => boolean
  readonly cancel: () => void
}

function openField(sink: AnswerSink, onChosen: () => void): Field {
  const lanes: Lane[] = []
  let chosen: Lane | undefined

  function drop(lane: Lane, failure: AttemptFailure | undefined): void {
    if (lane.isOut) return
    lane.isOut = true
    lane.flight?.cancel()
    lane.racer.onOut(failure)
  }

  function choose(lane: Lane): void {
    if (chosen) return
    chosen = lane
    onChosen()
    for (const other of lanes) if (other !== lane) drop(other, undefined)
    if (lane.head) sink.onHead(lane.head)
  }

  return {
    enter(racer) {
      const lane: Lane = { racer, flight: undefined, head: undefined, isOut: false }
      lanes.push(lane)
      return lane
    },
    chosen: () => chosen,
    choose,
    giveWay(lane, failure) {
      const other = lanes.find((each) => each !== lane && !each.isOut)
      if (!other) return false
      drop(lane, failure)
      choose(other)
      return true
    },
    cancel() {
      for (const { flight, isOut } of lanes) if (!isOut) flight?.cancel()
    },
  }
}

function start({ enter, chosen, choose, giveWay }: Field, racer: Racer, sink: AnswerSink): void {
  const lane = enter(racer)
  let begun = false
  lane.flight = racer.send({
    onHead(head) {
      if (lane.isOut) return
      lane.head = head
      const isAnswer = head.status >= 200 && head.status <= 299
      if (chosen() === lane) sink.onHead(head)
      else if (!isAnswer && !giveWay(lane, failureOfStatus(head, Buffer.alloc(0)))) choose(lane)
    },
    onBytes(bytes) {
      if (lane.isOut) return true
      choose(lane)
      if (!begun) racer.onFirstByte()
      begun = true
      return sink.onBytes(bytes)
    },
    onEnd() {
      if (lane.isOut) return
      choose(lane)
      sink.onEnd()
    },
    onFault(fault) {
      if (lane.isOut || (chosen() !== lane && giveWay(lane, failureOfFault(fault)))) return
      choose(lane)
      sink.onFault(fault)
    },
  })
}
