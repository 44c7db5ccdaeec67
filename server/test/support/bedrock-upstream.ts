/** An upstream that speaks Bedrock's Converse API on 127.0.0.1: it checks signatures as AWS does, and answers from recordings. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import type { JsonObject } from '../../src/core/json.ts'
import { frameOf } from '../../src/providers/bedrock/test/frames.ts'
import { signatureOf } from '../../src/providers/bedrock/test/signature.ts'
import { atEnd, type Scope } from './scope.ts'

export type BedrockAnswer =
  /** A recorded answer: whole, or as a stream, as it is asked for; a stream may stay open after some events. */
  | { readonly fixture: string; readonly staysOpenAfter?: number }
  /** An answer that a test writes down, and the events of its stream. */
  | { readonly whole: JsonObject; readonly events: readonly JsonObject[]; readonly staysOpenAfter?: number }
  | { readonly status: number; readonly body: JsonObject; readonly headers?: Readonly<Record<string, string>> }

export type BedrockRequest = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: JsonObject
  gone: boolean
}

export type BedrockUpstream = {
  /** Names a region, as AWS's own addresses do. */
  readonly baseUrl: string
  /** Every request that was let in, oldest first. */
  readonly requests: readonly BedrockRequest[]
  /** How the next requests are answered, one each; then again with the recording `text`. */
  readonly enqueue: (...answers: readonly BedrockAnswer[]) => void
}

export type BedrockKeys =
  | { readonly bearer: string }
  | { readonly accessKeyId: string; readonly secretAccessKey: string }

export async function startBedrockUpstream(scope: Scope, keys: BedrockKeys): Promise<BedrockUpstream> {
  const requests: BedrockRequest[] = []
  const queue: BedrockAnswer[] = []
  const server = createServer(async (request, response) => {
    const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    const path = request.url ?? ''
    const headers = request.headers as Record<string, string>
    if (!isLetIn(keys, { method: request.method ?? '', path, headers, body: text }))
      return answerJson(response, {
        status: 403,
        body: { message: 'The request signature we calculated does not match.' },
      })
    const seen = { path, headers, body: JSON.parse(text) as JsonObject, gone: false }
    requests.push(seen)
    response.on('close', () => (seen.gone = !response.writableFinished))
    return answer(response, path.endsWith('/converse-stream'), queue.shift() ?? { fixture: 'text' })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, () => {
    server.close()
    server.closeAllConnections()
  })
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bedrock-runtime/eu-central-1`,
    requests,
    enqueue: (...answers) => void queue.push(...answers),
  }
}

function isLetIn(keys: BedrockKeys, request: Parameters<typeof signatureOf>[0]): boolean {
  const authorization = request.headers['authorization'] ?? ''
  if ('bearer' in keys) return authorization === `Bearer ${keys.bearer}`
  return (
    authorization.startsWith(`AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/`) &&
    authorization.endsWith(`Signature=${signatureOf(request, keys.secretAccessKey)}`)
  )
}

const fixture = (name: string): string =>
  readFileSync(new URL(`../../src/providers/bedrock/fixtures/${name}`, import.meta.url), 'utf8')

async function answer(response: ServerResponse, stream: boolean, given: BedrockAnswer): Promise<void> {
  if ('status' in given) return answerJson(response, given)
  const id = { 'x-amzn-requestid': 'aws-request-1' }
  if (!stream) {
    response.writeHead(200, { 'content-type': 'application/json', ...id })
    response.end('whole' in given ? JSON.stringify(given.whole) : fixture(`${given.fixture}.json`))
    return
  }
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', ...id })
  for (const event of eventsOf(given).slice(0, given.staysOpenAfter)) {
    const bytes = frameOf(event)
    response.write(bytes.subarray(0, 7))
    await wait(1)
    response.write(bytes.subarray(7))
  }
  if (given.staysOpenAfter === undefined) response.end()
}

const eventsOf = (given: Exclude<BedrockAnswer, { status: number }>): readonly JsonObject[] =>
  'whole' in given
    ? given.events
    : fixture(`${given.fixture}.jsonl`)
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as JsonObject)

function answerJson(
  response: ServerResponse,
  { status, body, headers }: Extract<BedrockAnswer, { status: number }>,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
