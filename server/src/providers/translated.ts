import type { Clock } from '../core/clock.ts'
import type { JsonObject } from '../core/json.ts'
import type { ResolveName } from '../platform/guard/index.ts'
import { sendDecoded } from './content-encoding.ts'
import { answerRefused, openTranslatedSink } from './translated-answer.ts'
import type { AskedCall, Authorization, NativeApi, OutgoingRequest, Written } from './translation.ts'
import { openTransport } from './transport.ts'
import type { AnswerSink, Flight, Provider, ProviderSettings } from './types.ts'

export type TranslatedDeps = {
  readonly clock: Clock
  /** Names are resolved with this instead of the system's resolver. */
  readonly resolve?: ResolveName | undefined
}

/** A provider that speaks an API of its own. The settings have been checked: see `openProvider`. */
export function openTranslatedProvider(settings: ProviderSettings, api: NativeApi, deps: TranslatedDeps): Provider {
  const origin = openNativeOrigin(settings, api, deps)
  const write = writeOnce(api)
  return {
    name: settings.name,
    refuses(call) {
      const written = write(call)
      return written.kind === 'refused' ? written.why : undefined
    },
    leavesOut(call) {
      const written = write(call)
      return written.kind === 'request' ? written.leftOut : []
    },
    send({ endpoint, body, stream, connectTimeoutMs }, sink) {
      const call = { endpoint, body, stream }
      const written = write(call)
      if (written.kind === 'refused') return answerRefused(written.why, sink)
      const accept = stream ? api.framing.contentType : 'application/json'
      const headers = ['accept', accept, 'content-type', 'application/json']
      for (const [name, value] of Object.entries(written.headers ?? {})) headers.push(name, value)
      const request = { method: 'POST', path: written.path, headers, body: jsonBytes(written.body) } as const
      const created = Math.floor(deps.clock.nowMs() / 1_000)
      return openTranslatedSink({ api, call, created }, sink, (inner) => origin.send(request, connectTimeoutMs, inner))
    },
    close: origin.close,
  }
}

const jsonBytes = (body: JsonObject): Buffer => Buffer.from(JSON.stringify(body))

/** A call is asked about before it is sent: it is written once. */
function writeOnce({ translation }: NativeApi): (call: AskedCall) => Written {
  const known = new WeakMap<JsonObject, Written>()
  return (call) => {
    const written = known.get(call.body) ?? translation.write(call)
    known.set(call.body, written)
    return written
  }
}

type NativeRequest = Pick<OutgoingRequest, 'method' | 'path' | 'headers' | 'body'>

/** The connection to a provider: sends requests authorized, gives answers without their content coding. */
export type NativeOrigin = {
  readonly send: (request: NativeRequest, connectTimeoutMs: number, sink: AnswerSink) => Flight
  readonly close: () => Promise<void>
}

export function openNativeOrigin(
  settings: ProviderSettings,
  api: NativeApi,
  { clock, resolve }: TranslatedDeps,
): NativeOrigin {
  const { origin, pathname } = new URL(settings.baseUrl)
  const transport = openTransport({ origin, allowPrivate: settings.allowPrivate, resolve })
  const authorize = api.openAuthorization(settings, { clock, resolve })
  return {
    send({ method, path, headers, body }, connectTimeoutMs, sink) {
      const common = ['user-agent', 'redpill', 'accept-encoding', 'identity', ...headers]
      const request = { method, origin, path: joinPaths(pathname, path), headers: common, body }
      const start = (authorization: readonly string[]) => {
        const call = { ...request, headers: [...common, ...authorization], connectTimeoutMs }
        return sendDecoded((inner) => transport.send(call, inner), sink)
      }
      return sendAuthorized(authorize, request, start, sink)
    },
    close: transport.close,
  }
}

/** A base URL may end with the version that the path begins with: `.../v1` and `/v1/messages`. */
function joinPaths(base: string, path: string): string {
  const trimmed = base.replace(/\/+$/, '')
  const version = /^\/[^/?]+/.exec(path)?.[0] ?? ''
  return version !== '' && trimmed.endsWith(version) ? trimmed + path.slice(version.length) : trimmed + path
}

/** Starts at once where the authorization is at hand, else when it has come, unless the call was cancelled by then. */
function sendAuthorized(
  authorize: Authorization,
  request: OutgoingRequest,
  start: (authorization: readonly string[]) => Flight,
  sink: AnswerSink,
): Flight {
  const authorization = attempt(() => authorize(request))
  if (!(authorization instanceof Promise)) return start(authorization)
  let cancelled = false
  let flight: Flight | undefined
  const begin = async () => {
    try {
      const headers = await authorization
      if (!cancelled) flight = start(headers)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (!cancelled) sink.onFault({ kind: 'connect', message: `the call could not be authorized: ${why}` })
    }
  }
  void begin()
  return {
    resume: () => flight?.resume(),
    cancel() {
      cancelled = true
      flight?.cancel()
    },
  }
}

/** What is thrown at once is told later, like what is thrown later. */
function attempt<Value>(make: () => Value | Promise<Value>): Value | Promise<Value> {
  try {
    return make()
  } catch (error) {
    return Promise.reject(error)
  }
}
