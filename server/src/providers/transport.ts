import { buildConnector, errors, Pool, type Dispatcher } from 'undici'
import { AddressRefusedError, checkHost, guardedLookup, type ResolveName } from '../platform/guard/index.ts'
import type { AnswerSink, Flight, UpstreamFault } from './types.ts'

export type TransportCall = {
  readonly method: 'GET' | 'POST'
  /** Begins with a slash. */
  readonly path: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
  readonly connectTimeoutMs: number
}

/**
 * HTTP/1.1 to one origin: the whole border between the providers and their HTTP client, so that another client can take
 * its place. Redirects are answers like any other. Hands over all response headers, lower case, and bytes as they came.
 */
export type Transport = {
  readonly send: (call: TransportCall, sink: AnswerSink) => Flight
  /** Cuts what is still under way. */
  readonly close: () => Promise<void>
}

export type TransportOptions = {
  /** `https://api.openai.com`; certificates are verified. */
  readonly origin: string
  readonly allowPrivate: boolean
  readonly resolve?: ResolveName | undefined
}

/** Each stream holds a connection for its whole life, so this bounds the streams to one upstream. */
const connectionsMax = 8_192
const headerBytesMax = 32 * 1024
/** Bounds an attempt to connect that outlives the call which started it; the calls have their own, shorter time. */
const connectAttemptMsMax = 30_000
/** Below the 5 s after which the usual local servers close an idle connection without saying so; a server can name a longer time. */
const keepAliveMs = 4_000

export function openTransport({ origin, allowPrivate, resolve }: TransportOptions): Transport {
  const policy = { allowPrivate }
  const connect = buildConnector({
    allowH2: false,
    timeout: connectAttemptMsMax,
    lookup: guardedLookup(policy, resolve),
  })
  const pool = new Pool(origin, {
    connections: connectionsMax,
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: headerBytesMax,
    keepAliveTimeout: keepAliveMs,
    // The gateway owns the time to the first byte, between bytes, and in all.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (options, callback) => {
      const refused = checkHost(options.hostname, policy)
      if (refused) queueMicrotask(() => callback(refused, null))
      else connect(options, callback)
    },
  })
  return {
    send: (call, sink) => sendOn(pool, call, sink),
    close: () => pool.destroy(null),
  }
}

/**
 * One exchange. It is over when the sink was told its end, or when it was cancelled; `over` is set before the sink is told,
 * so nothing reaches the sink twice, whatever the client still reports.
 */
function sendOn(pool: Pool, call: TransportCall, sink: AnswerSink): Flight {
  let over = false
  let cancelled = false
  let returned = false
  let controller: Dispatcher.DispatchController | undefined
  let connectTimer: NodeJS.Timeout | undefined

  const finish = () => {
    over = true
    clearTimeout(connectTimer)
  }
  const fail = (fault: UpstreamFault) => {
    if (over) return
    finish()
    if (returned) return sink.onFault(fault)
    // A client that refuses a call at once must not be heard before `send` has returned.
    queueMicrotask(() => {
      if (!cancelled) sink.onFault(fault)
    })
  }

  pool.dispatch(requestOf(call), {
    onRequestStart(started) {
      controller = started
      clearTimeout(connectTimer)
      if (over) started.abort(new Error('the call was over before it was connected'))
    },
    onResponseStart(_, status, headers) {
      if (!over && status >= 200) sink.onHead({ status, headers: singleValues(headers) })
    },
    onResponseData(active, bytes) {
      if (!over && !sink.onBytes(bytes)) active.pause()
    },
    onResponseEnd() {
      if (over) return
      finish()
      sink.onEnd()
    },
    onResponseError: (_, error) => fail(faultOf(error, controller !== undefined)),
  })
  if (!controller && !over) {
    const { connectTimeoutMs } = call
    const message = `no connection within ${connectTimeoutMs} ms`
    connectTimer = setTimeout(() => fail({ kind: 'connect', message }), connectTimeoutMs)
  }
  returned = true

  return {
    resume: () => {
      if (!over) controller?.resume()
    },
    cancel: () => {
      cancelled = true
      if (over) return
      finish()
      controller?.abort(new Error('cancelled'))
    },
  }
}

const requestOf = ({ method, path, headers, body }: TransportCall): Dispatcher.DispatchOptions => ({
  method,
  path,
  headers: [...headers],
  body,
  // Never sent twice behind our back: an answer costs money.
  idempotent: false,
})

function singleValues(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  const single: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return single
}

function faultOf(error: Error, connected: boolean): UpstreamFault {
  if (error instanceof AddressRefusedError) return { kind: 'refused-address', message: error.message }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  // An error over several addresses has no message of its own.
  const message = error.message === '' ? code : `${code}: ${error.message}`
  if (!connected) return { kind: 'connect', message }
  return { kind: isMalformed(error) ? 'protocol' : 'reset', message }
}

/** Whether the upstream did not speak HTTP/1.1, rather than breaking off while it did. */
function isMalformed(error: Error): boolean {
  if (error instanceof errors.HTTPParserError) return !error.message.includes('Invalid EOF state')
  return error instanceof errors.HeadersOverflowError || /^bad (response|upgrade)$/.test(error.message)
}
