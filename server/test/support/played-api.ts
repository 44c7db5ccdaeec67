/** A server on 127.0.0.1 that plays a provider's API from a script: each request gets the next answer. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isObject, parseJson, type JsonObject } from '../../src/core/json.ts'

export type PlayedRequest = {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: JsonObject
}

export type PlayedAnswer = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** The body: JSON, or the events of a stream as they are on the wire. */
  readonly json?: unknown
  readonly events?: string
  /** Sends what there is and then says nothing more, until the caller goes. */
  readonly stalls?: boolean
}

export type PlayedApi = {
  /** `http://127.0.0.1:<port>` */
  readonly baseUrl: string
  /** Oldest first. */
  readonly requests: readonly PlayedRequest[]
  /** What the next requests are answered, one each, by what they ask where that matters. One beyond them gets status 500. */
  readonly next: (...answers: readonly (PlayedAnswer | ((request: PlayedRequest) => PlayedAnswer))[]) => void
  /** Resolves when so many requests were left by their caller before their end. */
  readonly abandoned: (count: number) => Promise<void>
}

type Ends = { readonly after: (cleanUp: () => Promise<void>) => void }

export async function playApi(t: Ends): Promise<PlayedApi> {
  const requests: PlayedRequest[] = []
  const queue: (PlayedAnswer | ((request: PlayedRequest) => PlayedAnswer))[] = []
  const watchers = new Set<() => void>()
  let left = 0

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    const body = parseJson(text)
    const { method = '', url = '', headers } = request
    const played: PlayedRequest = { method, url, headers, body: isObject(body) ? body : {} }
    requests.push(played)
    response.once('close', () => {
      if (!response.writableFinished) left += 1
      for (const look of watchers) look()
    })
    const next = queue.shift() ?? { status: 500, json: { error: { message: 'not in the script' } } }
    play(response, typeof next === 'function' ? next(played) : next)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    next: (...answers) => void queue.push(...answers),
    abandoned: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (left < count) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
  }
}

function play(response: ServerResponse, { status = 200, headers, json, events, stalls }: PlayedAnswer): void {
  const type = events === undefined ? 'application/json' : 'text/event-stream; charset=utf-8'
  response.writeHead(status, { 'content-type': type, ...headers })
  response.write(events ?? JSON.stringify(json ?? {}))
  if (!stalls) response.end()
}

/** Server-sent events without names, as OpenAI's chat completions have them. */
export const unnamedEvents = (...data: readonly object[]): string =>
  [...data.map((each) => JSON.stringify(each)), '[DONE]'].map((text) => `data: ${text}\n\n`).join('')

/** The recorded answers of a provider: whole ones as JSON, streams with one event a line. */
export function recordings(folder: string) {
  const read = (name: string) =>
    readFileSync(new URL(`../../src/providers/${folder}/fixtures/${name}`, import.meta.url), 'utf8')
  return {
    whole: (name: string): PlayedAnswer => ({ json: JSON.parse(read(`${name}.json`)) as unknown }),
    /** As far as the event that is named, where one is. */
    stream(name: string, last?: string): PlayedAnswer {
      const lines = read(`${name}.jsonl`).trim().split('\n')
      const events = lines.map((line) => JSON.parse(line) as { readonly type: string })
      const end = last === undefined ? events.length : events.findIndex(({ type }) => type === last) + 1
      const wire = events.slice(0, end).map(({ type }, at) => `event: ${type}\ndata: ${lines[at]}\n\n`)
      return { events: wire.join('') }
    },
  }
}
