/** An upstream that speaks Google's Gemini API on 127.0.0.1 and answers with recorded events, or as it is told; tokens at /token. */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject } from '../../src/core/json.ts'
import { fixture, streamOf, wholeOf } from '../../src/providers/google/test/replay.ts'
import { atEnd, type Scope } from './scope.ts'

export type GeminiAnswer =
  /** A recorded answer, by its name: whole, or as a stream, as it is asked for; a stream may stay open after its events. */
  | { readonly fixture: string; readonly staysOpen?: boolean }
  /** Events that a test writes down, likewise. */
  | { readonly events: readonly JsonObject[]; readonly staysOpen?: boolean }
  | { readonly status?: number; readonly body: JsonObject | readonly JsonObject[] }

export type GeminiRequest = {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: JsonObject
  readonly gone: boolean
}

export type GeminiUpstream = {
  readonly baseUrl: string
  /** Every request, oldest first. */
  readonly requests: readonly GeminiRequest[]
  /** How the next requests are answered, one each; then again with the fixture `text`. */
  readonly enqueue: (...answers: readonly GeminiAnswer[]) => void
}

export async function startGeminiUpstream(scope: Scope, basePath = '/v1beta'): Promise<GeminiUpstream> {
  const requests: { -readonly [key in keyof GeminiRequest]: GeminiRequest[key] }[] = []
  const queue: GeminiAnswer[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const text = Buffer.concat(parts).toString()
      const path = request.url ?? ''
      if (path === '/token') return response.end(JSON.stringify({ access_token: 'ya29.made', expires_in: 3_599 }))
      const body = (text === '' ? {} : JSON.parse(text)) as JsonObject
      const seen = { path, headers: request.headers, body, gone: false }
      requests.push(seen)
      response.on('close', () => (seen.gone = !response.writableFinished))
      void answer(response, path, queue.shift() ?? { fixture: 'text' })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, () => {
    server.close()
    server.closeAllConnections()
  })
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${basePath}`,
    requests,
    enqueue: (...answers) => void queue.push(...answers),
  }
}

async function answer(response: ServerResponse, path: string, given: GeminiAnswer): Promise<void> {
  if ('body' in given) {
    response.writeHead(given.status ?? 200, { 'content-type': 'application/json; charset=UTF-8' })
    response.end(JSON.stringify(given.body))
    return
  }
  const events = 'events' in given ? given.events : fixture(given.fixture)
  if (!path.includes(':streamGenerateContent?alt=sse')) {
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' })
    response.end(JSON.stringify(wholeOf(events)))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) {
    response.write(streamOf([event]))
    await wait(1)
  }
  if (!given.staysOpen) response.end()
}
