import type { AppError } from '../../core/errors.ts'
import type { AnswerHead, AnswerSink, Flight, UpstreamFault } from '../types.ts'
import { errorBody, jsonBytes } from './wire.ts'

/** Hands an answer to its sink in order and with its pauses; whatever comes after the end or a cancel is dropped. */
export type Delivery = {
  readonly head: (head: AnswerHead) => void
  /** `false` when the sink asked for silence: more may come, and waits here. */
  readonly write: (bytes: Buffer) => boolean
  readonly end: () => void
  readonly fault: (fault: UpstreamFault) => void
  readonly flight: Flight
}

type Step = () => boolean

/** `producer` stops and goes on with the sink. Must be fed only after the `send` that opened it returned. */
export function openDelivery(
  sink: AnswerSink,
  producer: { readonly cancel: () => void; readonly resume: () => void },
): Delivery {
  const waiting: Step[] = []
  let paused = false
  let over = false

  const drain = () => {
    while (!paused && !over && waiting.length > 0) paused = !waiting.shift()!()
  }
  const add = (step: Step): boolean => {
    if (over) return true
    waiting.push(step)
    drain()
    return !paused
  }
  const last = (call: () => void) =>
    add(() => {
      over = true
      call()
      return true
    })

  return {
    head: (head) => {
      add(() => {
        sink.onHead(head)
        return true
      })
    },
    write: (bytes) => add(() => sink.onBytes(bytes)),
    end: () => void last(() => sink.onEnd()),
    fault: (fault) => void last(() => sink.onFault(fault)),
    flight: {
      resume: () => {
        if (over || !paused) return
        paused = false
        drain()
        if (!paused && !over) producer.resume()
      },
      cancel: () => {
        if (over) return
        over = true
        waiting.length = 0
        producer.cancel()
      },
    },
  }
}

/** Delivers a whole answer. */
export function deliverJson(delivery: Delivery, json: Buffer, head: Partial<AnswerHead> = {}): void {
  delivery.head({ status: head.status ?? 200, headers: { 'content-type': 'application/json', ...head.headers } })
  delivery.write(json)
  delivery.end()
}

/** Delivers an error in OpenAI's envelope. */
export function deliverError(delivery: Delivery, error: AppError): void {
  const { status, retryAfterSeconds } = error
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  deliverJson(delivery, jsonBytes(errorBody(error)), { status, headers })
}
