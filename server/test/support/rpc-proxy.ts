import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { atEnd, type Scope } from './scope.ts'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/** What becomes of a call: answered by the node unless something else is said. */
export type Misbehave = (
  call: RpcCall,
  ask: () => Promise<unknown>,
) => Promise<
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'hang-up' }
>

/** A node of a chain that lies, fails or lags as it is told. */
export type RpcProxy = {
  readonly url: string
  readonly calls: () => number
  readonly set: (misbehave: Misbehave) => void
}

export const honest: Misbehave = async (_call, ask) => ({ kind: 'result', result: await ask() })
export const dead: Misbehave = () => Promise.resolve({ kind: 'hang-up' })
export const withoutLogs: Misbehave = async ({ method }, ask) => ({
  kind: 'result',
  result: method === 'eth_getLogs' ? [] : await ask(),
})

type Answer = { readonly result?: unknown; readonly error?: { readonly message: string } }

export async function startRpcProxy(scope: Scope, nodeUrl: string): Promise<RpcProxy> {
  let misbehave: Misbehave = honest
  let calls = 0
  const askNode = async (body: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json' }
    const answer = (await (await fetch(nodeUrl, { method: 'POST', headers, body })).json()) as Answer
    if (answer.error) throw new Error(answer.error.message)
    return answer.result
  }
  const server = createServer((request, response) => {
    void (async () => {
      const body = await readText(request)
      const call = JSON.parse(body) as RpcCall
      calls += 1
      const done = await misbehave(call, () => askNode(body)).catch((error: unknown) => {
        return { kind: 'error', message: error instanceof Error ? error.message : String(error) } as const
      })
      if (done.kind === 'hang-up') return void request.socket.destroy()
      const said =
        done.kind === 'result' ? { result: done.result } : { error: { code: -32_000, message: done.message } }
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, ...said }))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, async () => {
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    set: (next) => void (misbehave = next),
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}
