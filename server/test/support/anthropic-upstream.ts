/** An upstream that speaks Anthropic's Messages API on 127.0.0.1: as strict as the real one, answering from recordings. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isObject, type JsonObject, type JsonValue } from '../../src/core/json.ts'
import { atEnd, type Scope } from './scope.ts'

export type AnthropicAnswer =
  /** A recorded message: whole, or as a stream, as it is asked for; of some types of events alone, or open after some. */
  | { readonly fixture: string; readonly staysOpenAfter?: number; readonly events?: readonly string[] }
  /** A message that a test writes down, and the events of its stream. */
  | { readonly whole: JsonObject; readonly events: readonly JsonObject[]; readonly staysOpenAfter?: number }
  | {
      readonly status: number
      readonly error: { readonly type: string; readonly message: string }
      readonly headers?: Readonly<Record<string, string>>
    }

export type AnthropicRequest = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: JsonObject
  gone: boolean
}

export type AnthropicUpstream = {
  readonly baseUrl: string
  /** Every request, oldest first. */
  readonly requests: readonly AnthropicRequest[]
  /** How the next requests are answered, one each; then again with the recording `text`. */
  readonly enqueue: (...answers: readonly AnthropicAnswer[]) => void
}

export async function startAnthropicUpstream(scope: Scope, key: string): Promise<AnthropicUpstream> {
  const requests: AnthropicRequest[] = []
  const queue: AnthropicAnswer[] = []
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    if (request.method === 'GET') return answerModels(response)
    const body = JSON.parse(text) as JsonObject
    const seen = { path: request.url ?? '', headers: request.headers, body, gone: false }
    requests.push(seen)
    response.on('close', () => (seen.gone = !response.writableFinished))
    const wrong = complaintOf(seen, key)
    if (wrong === undefined) return answer(response, body['stream'] === true, queue.shift() ?? { fixture: 'text' })
    const [status, type, message] = wrong
    return answerError(response, { status, error: { type, message } })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, () => {
    server.close()
    server.closeAllConnections()
  })
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    enqueue: (...answers) => void queue.push(...answers),
  }
}

const fixture = (name: string): string =>
  readFileSync(new URL(`../../src/providers/anthropic/fixtures/${name}`, import.meta.url), 'utf8')

async function answer(response: ServerResponse, stream: boolean, given: AnthropicAnswer): Promise<void> {
  if ('status' in given) return answerError(response, given)
  if (!stream) {
    response.writeHead(200, { 'content-type': 'application/json', 'request-id': 'req_recorded' })
    response.end('whole' in given ? JSON.stringify(given.whole) : fixture(`${given.fixture}.json`))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
  for (const event of eventsOf(given).slice(0, given.staysOpenAfter)) {
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    await wait(1)
  }
  if (given.staysOpenAfter === undefined) response.end()
}

type Event = JsonObject & { readonly type: string }

function eventsOf(given: Exclude<AnthropicAnswer, { status: number }>): readonly Event[] {
  if ('whole' in given) return given.events as readonly Event[]
  const lines = fixture(`${given.fixture}.jsonl`).trim().split('\n')
  const events = lines.map((line) => JSON.parse(line) as Event)
  return given.events ? events.filter(({ type }) => given.events?.includes(type)) : events
}

function answerError(response: ServerResponse, given: Extract<AnthropicAnswer, { status: number }>): void {
  response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers })
  response.end(JSON.stringify({ type: 'error', error: given.error, request_id: 'req_recorded' }))
}

function answerModels(response: ServerResponse): void {
  const data = ['claude-opus-4-8', 'claude-sonnet-4-5'].map((id) => ({ type: 'model', id, display_name: id }))
  response.end(JSON.stringify({ data, has_more: false }))
}

const fields = new Set([
  ...[
    'model',
    'max_tokens',
    'messages',
    'system',
    'stream',
    'temperature',
    'top_p',
    'top_k',
    'stop_sequences',
    'tools',
  ],
  ...['tool_choice', 'thinking', 'output_config', 'metadata', 'cache_control', 'service_tier'],
])

type Wrong = readonly [status: number, type: string, message: string]

const invalid = (message: string): Wrong => [400, 'invalid_request_error', message]

/** What the API finds wrong with a request. */
function complaintOf({ path, headers, body }: AnthropicRequest, key: string): Wrong | undefined {
  if (path !== '/v1/messages') return [404, 'not_found_error', 'Not found']
  if (headers['x-api-key'] !== key) return [401, 'authentication_error', 'invalid x-api-key']
  if (headers['anthropic-version'] !== '2023-06-01') return invalid('anthropic-version: header is required')
  if (typeof body['max_tokens'] !== 'number') return invalid('max_tokens: Field required')
  const extra = Object.keys(body).find((field) => !fields.has(field))
  if (extra !== undefined) return invalid(`${extra}: Extra inputs are not permitted`)
  if (typeof body['temperature'] === 'number' && body['temperature'] > 1) return invalid('temperature: range: 0..1')
  const turns = (body['messages'] as readonly JsonObject[]).entries()
  const messages = [...turns].map(([at, turn]) => turnComplaint(turn, at, body)).find((each) => each !== undefined)
  return messages === undefined ? undefined : invalid(messages)
}

function turnComplaint({ role, content }: JsonObject, at: number, body: JsonObject): string | undefined {
  const before = (body['messages'] as readonly JsonObject[])[at - 1]
  if (before?.['role'] === role) return `messages.${at}: roles must alternate`
  const blocks = Array.isArray(content) ? (content as readonly JsonValue[]).filter(isObject) : []
  if (blocks.length === 0 && content !== '') return `messages.${at}: content must not be empty`
  if (blocks.some(({ type, text }) => type === 'text' && (text as string).trim() === ''))
    return `messages.${at}: text content blocks must contain non-whitespace text`
  const calls = idsOf(before?.['content'], 'tool_use', 'id')
  const results = idsOf(content, 'tool_result', 'tool_use_id')
  if (calls.some((id) => !results.includes(id))) return `messages.${at}: tool_use without tool_result`
  if (results.some((id) => !calls.includes(id))) return `messages.${at}: tool_result without tool_use`
  if (results.length > 0 && body['tools'] === undefined) return 'tools: Field required'
  return undefined
}

const idsOf = (content: JsonValue | undefined, type: string, field: string): readonly JsonValue[] =>
  Array.isArray(content)
    ? (content as readonly JsonObject[]).filter((block) => block['type'] === type).map((block) => block[field] ?? '')
    : []
