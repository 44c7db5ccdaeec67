import type { Failure } from '../lib/failure.ts'
import type { Operations, Schemas } from './schema.ts'

/** Every operation of the API by method and path, as docs/openapi.json lists them. */
export type OperationName = keyof Operations
type PartOf<Name extends OperationName, Part extends string> =
  Operations[Name] extends Record<Part, infer Value> ? Value : undefined

/** What an operation answers when it does what was asked. */
export type AnswerOf<Name extends OperationName> = PartOf<Name, 'answer'>
export type BodyOf<Name extends OperationName> = PartOf<Name, 'body'>
export type QueryOf<Name extends OperationName> = PartOf<Name, 'query'>
type PathOf<Name extends OperationName> = PartOf<Name, 'path'>
type Field<Key extends string, Value> = undefined extends Value
  ? { readonly [K in Key]?: undefined }
  : { readonly [K in Key]: Value }
type QueryField<Value> = undefined extends Value ? { readonly query?: undefined } : { readonly query?: Value }

/** What an operation has to be given; `query` may be left out, its path and body may not. */
export type InputOf<Name extends OperationName> = Field<'path', PathOf<Name>> &
  QueryField<QueryOf<Name>> &
  Field<'body', BodyOf<Name>>

export type Outcome<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly failure: Failure }

/** What goes along with every request of the signed-in person. */
export type Credentials = { readonly accountId: string | undefined; readonly csrfToken: string | undefined }

let credentials: Credentials = { accountId: undefined, csrfToken: undefined }

/** Whose account requests are for from now on, and the token that proves they come from our pages. */
export const setCredentials = (next: Credentials): void => {
  credentials = next
}

type CallOptions = {
  readonly signal?: AbortSignal
  /** Names a POST, so that its repetition does nothing twice. A new one for each call unless given. */
  readonly idempotencyKey?: string
}

/** Calls one operation. Refusals and lost connections are values; nothing is thrown but an abort. */
export function callApi<Name extends OperationName>(
  name: Name,
  input: InputOf<Name>,
  options: CallOptions = {},
): Promise<Outcome<AnswerOf<Name>>> {
  return send<AnswerOf<Name>>(name.split(' ')[0] ?? 'GET', addressOf(name, input), input.body, options)
}

async function send<Answer>(
  method: string,
  address: string,
  content: unknown,
  { signal, idempotencyKey }: CallOptions,
): Promise<Outcome<Answer>> {
  const headers = new Headers({ accept: 'application/json' })
  if (credentials.accountId) headers.set('x-redpill-account', credentials.accountId)
  if (method !== 'GET' && credentials.csrfToken) headers.set('x-csrf-token', credentials.csrfToken)
  if (method === 'POST') headers.set('idempotency-key', idempotencyKey ?? crypto.randomUUID())
  const body = content === undefined ? null : JSON.stringify(content)
  if (body !== null) headers.set('content-type', 'application/json')
  const init = { method, headers, body, credentials: 'same-origin' } as const
  try {
    return await readOutcome(await fetch(address, signal ? { ...init, signal } : init))
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    return { ok: false, failure: unreachable }
  }
}

const unreachable: Failure = {
  status: 0,
  code: 'unreachable',
  message: 'The server cannot be reached. Nothing was changed.',
  param: undefined,
  requestId: undefined,
}

async function readOutcome<Answer>(response: Response): Promise<Outcome<Answer>> {
  if (!response.ok) return { ok: false, failure: await readFailure(response) }
  const text = await response.text()
  return { ok: true, answer: (text === '' ? undefined : parseJson(text)) as Answer }
}

/** What a refusal says, and which request it was. */
export async function readFailure(response: Response): Promise<Failure> {
  const answer = parseJson(await response.text()) as { error?: Partial<Schemas['Error']['error']> } | undefined
  const error = answer?.error
  return {
    status: response.status,
    code: error?.code ?? 'unknown',
    message: error?.message ?? `The server answered with status ${response.status}.`,
    param: error?.param ?? undefined,
    requestId: response.headers.get('x-request-id') ?? undefined,
    metadata: error?.metadata,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The path and query of a call: what "the same by API" shows, and what a CSV link opens. */
export function addressOf<Name extends OperationName>(name: Name, input: InputOf<Name>): string {
  const values = (input.path ?? {}) as Readonly<Record<string, string | number>>
  const path = name.slice(name.indexOf(' ') + 1).replace(/\{\+?(\w+)\}/g, (_whole, key: string) => {
    return encodeURIComponent(String(values[key] ?? ''))
  })
  const query = new URLSearchParams()
  const given = (input.query ?? {}) as Readonly<Record<string, string | number | boolean | undefined>>
  for (const [key, value] of Object.entries(given))
    if (value !== undefined && value !== '') query.set(key, String(value))
  const text = query.toString()
  return text ? `${path}?${text}` : path
}
