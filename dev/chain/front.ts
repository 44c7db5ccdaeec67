import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Methods that the front answers itself. */
type OwnMethods = Readonly<Record<string, (params: readonly unknown[]) => Promise<unknown>>>

export type Front = { readonly url: string; readonly stop: () => Promise<void> }

/** What stands behind: the node, and what is answered here. */
export type Behind = {
  readonly nodeUrl: string
  readonly own: OwnMethods
  /** Called before a transaction is handed on. */
  readonly beforeSending?: (() => Promise<void>) | undefined
}

const bodyBytesMax = 2_000_000

/**
 * Stands before the chain's node, on loopback. Programs may ask everything; pages may ask what a wallet asks, and only
 * pages of this machine and extensions of the browser. Without it any page on the web that a developer opens could ask
 * the node, which answers everybody. Takes its port at once; who asks before there is a node waits for it.
 */
export async function openFront(port: number, behind: Promise<Behind>): Promise<Front> {
  const server = createServer((request, response) => {
    answer(behind, request, response).catch((error: unknown) => refuse(response, 502, messageOf(error)))
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${actual}`,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(behind: Promise<Behind>, request: IncomingMessage, response: ServerResponse) {
  const { origin, host = '' } = request.headers
  // A name that leads to this machine and is none of its own is a page's way around the next rule.
  if (!isOfThisMachine(`http://${host}`)) return refuse(response, 403, 'this is no host of this machine')
  if (origin !== undefined && !isOfThisMachine(origin) && !isExtension(origin))
    return refuse(response, 403, 'pages of this origin may not ask the chain')
  if (origin !== undefined) allow(response, origin)
  if (request.method === 'OPTIONS') return void response.writeHead(204).end()
  if (request.method !== 'POST') return refuse(response, 405, 'ask by POST, in JSON-RPC')
  const body = await readBody(request)
  if (body === undefined) return refuse(response, 413, 'that is too much')
  const questions = read(body)
  if (questions === undefined) return refuse(response, 400, 'that is no JSON-RPC')
  const forbidden = origin === undefined ? undefined : questions.find(({ method }) => !mayPageAsk(method))
  if (forbidden) return refuse(response, 403, `pages may not ask ${forbidden.method}`)
  const { nodeUrl, own, beforeSending } = await behind
  if (questions.some(({ method }) => /^(eth_send|redpill_faucet)/.test(method))) await beforeSending?.()
  const [first] = questions
  const method = first && Object.hasOwn(own, first.method) ? own[first.method] : undefined
  const reply = method && first ? await ownAnswer(first, method) : await askNode(nodeUrl, body)
  response.writeHead(200, { 'content-type': 'application/json' }).end(reply)
}

function allow(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('vary', 'origin')
  response.setHeader('access-control-allow-headers', 'content-type')
  response.setHeader('access-control-allow-methods', 'POST')
  response.setHeader('access-control-max-age', '600')
}

type Question = { readonly id?: unknown; readonly method: string; readonly params?: unknown }

function read(body: string): readonly Question[] | undefined {
  try {
    const questions = [JSON.parse(body) as Partial<Question> | null].flat()
    return questions.every((question) => typeof question?.method === 'string') ? (questions as Question[]) : undefined
  } catch {
    return undefined
  }
}

async function ownAnswer({ id, params }: Question, method: OwnMethods[string]): Promise<string> {
  const head = { jsonrpc: '2.0', id: id ?? null }
  try {
    return JSON.stringify({ ...head, result: await method(Array.isArray(params) ? params : []) })
  } catch (error) {
    return JSON.stringify({ ...head, error: { code: -32_602, message: messageOf(error) } })
  }
}

async function askNode(nodeUrl: string, body: string): Promise<string> {
  const reply = await fetch(nodeUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return reply.text()
}

/** A wallet reads, estimates and hands in what it has signed. The node's own accounts sign for programs alone. */
function mayPageAsk(method: string): boolean {
  if (/^(eth_sendTransaction|eth_sign|eth_accounts)/.test(method)) return false
  return /^(eth|net|web3|redpill)_/.test(method)
}

function isOfThisMachine(origin: string): boolean {
  if (!URL.canParse(origin)) return false
  const { hostname, protocol } = new URL(origin)
  return protocol === 'http:' && /^(localhost|.+\.localhost|127\.0\.0\.1|\[::1\])$/.test(hostname)
}

const isExtension = (origin: string): boolean => /^(chrome|moz|safari-web)-extension:\/\//.test(origin)

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request) {
    bytes += (piece as Buffer).length
    if (bytes > bodyBytesMax) return undefined
    pieces.push(piece as Buffer)
  }
  return Buffer.concat(pieces).toString('utf8')
}

function refuse(response: ServerResponse, status: number, message: string): void {
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: message }))
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
