import { ApiFailure, Failure, ServerDown } from './failure.ts'
import type { Connection, Key } from './connection.ts'
import { readEvents } from './sse.ts'
import type { Terminal } from './terminal.ts'

export type Query = Readonly<Record<string, string | undefined>>

export type Asked = {
  readonly query?: Query
  readonly body?: object
  /** Makes a repetition of a POST harmless. */
  readonly idempotencyKey?: string | undefined
  readonly signal?: AbortSignal
}

export type Answer<Body> = {
  readonly body: Body
  readonly headers: Headers
}

/**
 * Speaks to one server with one key. Whatever goes wrong is a `Failure` with a sentence; an answer has the shape that
 * `docs/openapi.json` says, which is not checked again here.
 */
export type Client = {
  readonly get: <Body>(path: string, query?: Query) => Promise<Body>
  readonly send: <Body>(method: 'POST' | 'PATCH' | 'DELETE', path: string, asked?: Asked) => Promise<Body>
  /** Like `send` for a POST, with the headers of its answer. */
  readonly post: <Body>(path: string, asked: Asked) => Promise<Answer<Body>>
  /** POSTs, and gives the events of the answer as they come. */
  readonly stream: (path: string, asked: Asked) => Promise<Answer<AsyncIterable<string>>>
}

export type ClientOptions = {
  readonly connection: Connection
  readonly key: Key | undefined
  readonly terminal: Pick<Terminal, 'startProgress'>
  /** How a person starts the server. */
  readonly startHint: string
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

export function openClient(options: ClientOptions): Client {
  const { terminal } = options

  async function json<Body>(method: Method, path: string, asked: Asked): Promise<Answer<Body>> {
    const endProgress = terminal.startProgress(`${method} ${path}`)
    try {
      const response = await request(options, method, path, asked)
      const body = parse(await textOf(response, options))
      if (body === undefined) throw notRedPill(options, response)
      return { body: body as Body, headers: response.headers }
    } finally {
      endProgress()
    }
  }

  return {
    get: async <Body>(path: string, query: Query = {}) => (await json<Body>('GET', path, { query })).body,
    send: async <Body>(method: 'POST' | 'PATCH' | 'DELETE', path: string, asked: Asked = {}) =>
      (await json<Body>(method, path, asked)).body,
    post: (path, asked) => json('POST', path, asked),
    async stream(path, asked) {
      const response = await request(options, 'POST', path, asked)
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
      if (!isStream || !response.body) throw notRedPill(options, response)
      return { body: readEvents(readable(response.body, options)), headers: response.headers }
    },
  }
}

async function request(options: ClientOptions, method: Method, path: string, asked: Asked): Promise<Response> {
  const { connection, key } = options
  const query = new URLSearchParams(
    Object.entries(asked.query ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
  const headers = {
    ...(key && { authorization: `Bearer ${key.secret}` }),
    ...(asked.body && { 'content-type': 'application/json' }),
    ...(asked.idempotencyKey !== undefined && { 'idempotency-key': asked.idempotencyKey }),
  }
  const init: RequestInit = { method, headers, redirect: 'manual' }
  if (asked.body) init.body = JSON.stringify(asked.body)
  if (asked.signal) init.signal = asked.signal
  const response = await fetch(`${connection.url}${path}${query.size > 0 ? `?${query.toString()}` : ''}`, init).catch(
    (error: unknown) => {
      throw asked.signal?.aborted ? error : lost(options, error)
    },
  )
  if (!response.ok) throw refusal(options, response, parse(await textOf(response, options)))
  return response
}

const textOf = (response: Response, options: ClientOptions): Promise<string> =>
  response.text().catch((error: unknown) => {
    throw lost(options, error)
  })

async function* readable(body: ReadableStream<Uint8Array>, options: ClientOptions): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw (error as Error).name === 'AbortError' ? error : lost(options, error)
  }
}

/** Codes of connections that never came about: nothing was asked of anyone. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

function lost({ connection, startHint }: ClientOptions, error: unknown): Failure {
  const code = codeOf(error)
  if (unreachable.has(code)) {
    return new ServerDown(`RedPill does not answer at ${connection.url} (${code})`, startHint, { cause: error })
  }
  return new Failure(`The connection to ${connection.url} broke (${code}) before the answer was there.`, undefined, {
    cause: error,
  })
}

/** What fetch hides: the code of the innermost cause. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  const { code, cause, message } = error as NodeJS.ErrnoException
  return cause === undefined ? (code ?? message) : codeOf(cause)
}

function refusal(options: ClientOptions, response: Response, body: unknown): Failure {
  const told = apiFailureOf(body, response.status, response.headers.get('x-request-id') ?? undefined)
  if (!told) return notRedPill(options, response)
  if (told.status !== 401) return told
  const hint = options.key ? `The key came from ${options.key.source}.` : 'Give a key with --key.'
  const { status, code, requestId } = told
  return new ApiFailure({ status, code, requestId, message: `${told.message.replace(/[^.]$/, '$&.')} ${hint}` })
}

type Envelope = { readonly error?: { readonly message?: unknown; readonly code?: unknown } }

/** Reads OpenAI's error envelope, which is also the last event of a stream that fails. */
export function apiFailureOf(body: unknown, status: number, requestId: string | undefined): ApiFailure | undefined {
  const { message, code } = (body as Envelope | undefined)?.error ?? {}
  if (typeof message !== 'string' || typeof code !== 'string') return undefined
  return new ApiFailure({ message, status, code, requestId })
}

function notRedPill({ connection }: ClientOptions, { status }: Response): Failure {
  return new Failure(
    `What answers at ${connection.url} (status ${status}; address from ${connection.urlSource}) is not RedPill.`,
  )
}

/** `undefined` for what is not a JSON object. */
export function parse(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
