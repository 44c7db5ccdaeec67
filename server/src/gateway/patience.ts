import type { Clock } from '../core/clock.ts'
import { AppError } from '../core/errors.ts'
import type { CallTimeouts } from '../platform/config.ts'
import type { Exchange } from '../platform/http/index.ts'

/** The time-outs of an attempt, and which of them its caller made shorter than the operator's; absent: none. */
export type AttemptTimeouts = CallTimeouts & {
  readonly areCallers?: { readonly firstByte: boolean; readonly total: boolean }
}

/** How long a call may take: the operator's time-outs, which its caller can shorten by headers. */
export type Patience = {
  /** Of each attempt. */
  readonly timeouts: AttemptTimeouts
  /** When the call has to be over, whatever is tried (monotonic); never, unless its caller said so. */
  readonly deadlineMs: number
}

const totalHeader = 'x-redpill-timeout-ms'
const firstByteHeader = 'x-redpill-first-byte-timeout-ms'

/**
 * Reads what a caller asks for; a longer time than the operator's is the operator's. The time-outs that OpenAI's clients
 * tell (`x-stainless-timeout`) are not read: they end when an answer begins, and whoever uses one hangs up by itself.
 */
export function readPatience(exchange: Pick<Exchange, 'header'>, timeouts: CallTimeouts, startedMs: number): Patience {
  const totalMs = milliseconds(exchange, totalHeader)
  const firstByteMs = Math.min(milliseconds(exchange, firstByteHeader) ?? Infinity, timeouts.firstByteMs)
  return {
    timeouts:
      firstByteMs < timeouts.firstByteMs
        ? { ...timeouts, firstByteMs, areCallers: { firstByte: true, total: false } }
        : timeouts,
    deadlineMs: totalMs === undefined ? Infinity : startedMs + totalMs,
  }
}

function milliseconds(exchange: Pick<Exchange, 'header'>, name: string): number | undefined {
  const text = exchange.header(name)
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new AppError('invalid_request', { message: `${name}: give whole milliseconds, at least 1.`, param: name })
}

/** The time-outs of an attempt that begins now. */
export function timeoutsNow({ timeouts, deadlineMs }: Patience, clock: Clock): AttemptTimeouts {
  const leftMs = Math.max(1, Math.ceil(deadlineMs - clock.monotonicMs()))
  if (leftMs >= timeouts.totalMs) return timeouts
  return { ...timeouts, totalMs: leftMs, areCallers: { firstByte: false, ...timeouts.areCallers, total: true } }
}
