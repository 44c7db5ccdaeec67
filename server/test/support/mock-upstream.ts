/** An upstream that speaks OpenAI's HTTP API on 127.0.0.1 and misbehaves on request. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { isObject, parseJson, type JsonObject } from '../../src/core/json.ts'
import { answerFrames, json, usualAnswer, type AnswerPlan, type MockEndpoint } from './mock-upstream-answers.ts'
import {
  behaviourNamed,
  behaviourNames,
  behaviours,
  type Behaviour,
  type BehaviourName,
  type Step,
} from './mock-upstream-behaviours.ts'

export { behaviourNames, type Behaviour, type BehaviourName } from './mock-upstream-behaviours.ts'
export type { AnswerPlan } from './mock-upstream-answers.ts'

export type RecordedRequest = {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: JsonObject
  /** The body as it came. */
  readonly text: string
  /** `cancelled`: the client left before the end; `reset`: we cut it, as scripted. */
  outcome: 'open' | 'answered' | 'cancelled' | 'reset'
}

export type MockUpstream = {
  /** `http://127.0.0.1:<port>/v1` */
  readonly baseUrl: string
  readonly port: number
  /** Every POST, oldest first. */
  readonly requests: readonly RecordedRequest[]
  /** How the next requests are answered, one each; then again by the name of their model, or normally. */
  readonly enqueue: (...next: readonly (BehaviourName | Behaviour)[]) => void
  /** How often it was asked for its models. */
  readonly listedCount: () => number
  /** Until it is told otherwise, whoever asks for anything is cut off. */
  readonly setDown: (isDown: boolean) => void
  readonly cancelledCount: () => number
  /** Waits until so many requests in all have come to this outcome. */
  readonly waitFor: (outcome: RecordedRequest['outcome'], count?: number) => Promise<void>
  /** Connections that are open now. */
  readonly connectionCount: () => Promise<number>
  readonly close: () => Promise<void>
}

/** A test, or whatever else can be told what to do at its end. */
type Ends = { readonly after: (cleanUp: () => Promise<void>) => void }

const endpoints: Readonly<Record<string, MockEndpoint>> = {
  '/v1/chat/completions': 'chat',
  '/v1/completions': 'completions',
  '/v1/embeddings': 'embeddings',
  '/v1/rerank': 'rerank',
  '/v1/moderations': 'moderations',
}

const jsonType = { 'content-type': 'application/json' }
const listedModels = json({
  object: 'list',
  data: behaviourNames.map((id) => ({ id, object: 'model', owned_by: 'mock' })),
})

/** Starts a mock upstream that is closed at the end of the test. `answer` is what it says when nothing else is asked of it. */
export async function startMockUpstream(t: Ends, answer: Partial<AnswerPlan> = {}): Promise<MockUpstream> {
  const requests: RecordedRequest[] = []
  const queue: Behaviour[] = []
  const waiting = new Set<() => void>()
  let isDown = false
  let listed = 0

  const server = createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? ''
    const isList = request.method === 'GET' && path === '/v1/models'
    if (isList) listed += 1
    if (isDown) return void request.socket.destroy()
    if (isList) return void response.writeHead(200, jsonType).end(listedModels)
    const endpoint = endpoints[path]
    const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString()
    const body = parseJson(text)
    if (!endpoint || !isObject(body))
      return void response.writeHead(404, jsonType).end(json({ error: { message: 'unknown path' } }))

    const recorded: RecordedRequest = { path, headers: request.headers, body, text, outcome: 'open' }
    requests.push(recorded)
    settleOnClose(response, recorded)
    const behaviour: Behaviour = queue.shift() ?? behaviourNamed(body['model']) ?? behaviours.normal
    const frames = answerFrames({ endpoint, body }, { ...usualAnswer, ...answer, ...behaviour.answer })
    await play(response, recorded, behaviour, frames)
  }

  function settleOnClose(response: ServerResponse, recorded: RecordedRequest): void {
    response.once('close', () => {
      if (recorded.outcome === 'open') recorded.outcome = response.writableFinished ? 'answered' : 'cancelled'
      for (const look of waiting) look()
    })
  }

  const countOf = (outcome: RecordedRequest['outcome']) =>
    requests.filter((request) => request.outcome === outcome).length

  function waitFor(outcome: RecordedRequest['outcome'], count = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (countOf(outcome) < count) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
  }

  async function close(): Promise<void> {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }

  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(close)
  const { port } = server.address() as AddressInfo
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    enqueue: (...next) => void queue.push(...next.map((item) => (typeof item === 'string' ? behaviours[item] : item))),
    listedCount: () => listed,
    setDown: (toBe) => void (isDown = toBe),
    cancelledCount: () => countOf('cancelled'),
    waitFor,
    connectionCount: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    close,
  }
}

async function play(
  response: ServerResponse,
  recorded: RecordedRequest,
  { status = 200, headers = {}, before, deliver }: Behaviour,
  frames: readonly Buffer[],
): Promise<void> {
  if (before && !(await take(response, recorded, before))) return
  const contentType = recorded.body['stream'] === true && status === 200 ? 'text/event-stream' : 'application/json'
  response.writeHead(status, {
    'content-type': contentType,
    'x-request-id': 'req_mock',
    'x-inner-name': 'secret-cluster',
    ...headers,
  })
  response.flushHeaders()
  for (const step of deliver?.(frames, recorded.body) ?? frames) {
    if (!(await take(response, recorded, step))) return
  }
  response.end()
}

/** Does one step; `false` when the exchange is over with it. */
async function take(response: ServerResponse, recorded: RecordedRequest, step: Step): Promise<boolean> {
  if (response.destroyed) return false
  if (step === 'stall') return false
  if (step === 'reset') {
    recorded.outcome = 'reset'
    response.socket?.resetAndDestroy()
    return false
  }
  if ('waitMs' in step) await wait(step.waitMs)
  else if ('until' in step) await step.until
  else if (!response.write(step)) await drained(response)
  return !response.destroyed
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const go = () => {
      response.off('drain', go)
      response.off('close', go)
      resolve()
    }
    response.on('drain', go)
    response.on('close', go)
  })
