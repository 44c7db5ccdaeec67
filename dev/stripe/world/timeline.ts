import type { Clock } from '../../../server/src/core/clock.ts'

/** The emulator's own time: the machine's, or a test's, plus what was jumped over; and what is to happen in it. */
export type Timeline = {
  readonly nowMs: () => number
  /** Unix seconds, as Stripe writes times. */
  readonly now: () => number
  /** The clock below, without what was jumped over: signatures are of the receiver's time. */
  readonly realNowMs: () => number
  /** Never at once: what asks for it is done first. */
  readonly after: (delayMs: number, act: () => void) => void
  /** Jumps ahead; what falls due on the way happens in its order. */
  readonly advance: (ms: number) => void
  /** Does what is due. Happens by itself with the machine's clock; a test with a clock of its own calls it. */
  readonly catchUp: () => void
  readonly stop: () => void
}

type Due = { readonly atMs: number; readonly sequence: number; readonly act: () => void }

const timerMaxMs = 2_000_000_000

export function startTimeline(clock: Pick<Clock, 'nowMs'>): Timeline {
  const due: Due[] = []
  let jumpedMs = 0
  let sequence = 0
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const nowMs = () => clock.nowMs() + jumpedMs

  function catchUp() {
    for (let first = due[0]; first && first.atMs <= nowMs(); first = due[0]) {
      due.shift()
      first.act()
    }
    wait()
  }

  function wait() {
    clearTimeout(timer)
    const next = due[0]
    if (!next || isStopped) return
    timer = setTimeout(catchUp, Math.min(Math.max(next.atMs - nowMs(), 1), timerMaxMs))
    timer.unref()
  }

  return {
    nowMs,
    now: () => Math.floor(nowMs() / 1_000),
    realNowMs: clock.nowMs,
    catchUp,
    after(delayMs, act) {
      due.push({ atMs: nowMs() + delayMs, sequence: sequence++, act })
      due.sort((a, b) => a.atMs - b.atMs || a.sequence - b.sequence)
      wait()
    },
    advance(ms) {
      const untilMs = nowMs() + ms
      for (let next = due[0]; next && next.atMs <= untilMs; next = due[0]) {
        jumpedMs += Math.max(0, next.atMs - nowMs())
        catchUp()
      }
      jumpedMs += Math.max(0, untilMs - nowMs())
      catchUp()
    },
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
