/** The ids under which a caller follows its call: ours, and W3C Trace Context (level 2) `traceparent`. */
import { AppError } from '../core/errors.ts'
import type { Exchange } from '../platform/http/index.ts'

/** The caller's span, of which the call is a child. */
export type ParentSpan = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean }

export type TraceContext = {
  /** Shown in the answer, the log line and the receipt; the caller's own id, else that of its trace. */
  readonly id: string | undefined
  readonly parent: ParentSpan | undefined
}

export const traceHeader = 'x-redpill-trace-id'

const idPattern = /^[\w.:/@+=-]{1,128}$/

/** Throws where our own header makes no sense; a `traceparent` that makes none counts as absent, as its standard says. */
export function readTraceContext(exchange: Pick<Exchange, 'header'>): TraceContext {
  const own = exchange.header(traceHeader)
  if (own !== undefined && !idPattern.test(own)) {
    throw new AppError('invalid_request', {
      message: `${traceHeader}: give 1 to 128 letters, digits or any of . _ : / @ + = -`,
      param: traceHeader,
    })
  }
  const parent = parseTraceparent(exchange.header('traceparent'))
  return { id: own ?? parent?.traceId, parent }
}

const traceparentPattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export function parseTraceparent(text: string | undefined): ParentSpan | undefined {
  const match = text === undefined ? undefined : traceparentPattern.exec(text)
  if (!match) return undefined
  const [, version, traceId, spanId, flags, more] = match
  const isKnown = version !== 'ff' && (version !== '00' || more === undefined)
  if (!isKnown || /^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return undefined
  return { traceId: traceId!, spanId: spanId!, sampled: (Number.parseInt(flags!, 16) & 1) === 1 }
}
