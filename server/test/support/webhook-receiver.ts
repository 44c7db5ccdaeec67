/** Receives webhooks and checks their signatures as Standard Webhooks 1.0.0 says, by code of its own. */
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isObject, parseJson, type JsonObject } from '../../src/core/json.ts'
import type { Scope } from './scope.ts'

export type ReceivedHook = {
  readonly id: string
  readonly body: JsonObject
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Whether it is signed under this secret, now. */
  readonly isSignedBy: (secret: string) => boolean
}

export type WebhookReceiver = {
  readonly url: string
  readonly received: readonly ReceivedHook[]
  /** The statuses of the next answers, one each; then 204. Headers go with a redirect. */
  readonly answerNext: (...statuses: readonly number[]) => void
}

export async function startReceiver(scope: Scope): Promise<WebhookReceiver> {
  const received: ReceivedHook[] = []
  const statuses: number[] = []
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((pieces) => {
      const text = Buffer.concat(pieces).toString()
      const { headers } = request
      const body = parseJson(text)
      received.push({
        id: String(headers['webhook-id']),
        body: isObject(body) ? body : {},
        headers,
        isSignedBy(secret) {
          const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
          const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${text}`
          const isFresh = Math.abs(Date.now() / 1_000 - Number(headers['webhook-timestamp'])) < 300
          const expected = createHmac('sha256', key).update(signed).digest('base64')
          return isFresh && headers['webhook-signature'] === `v1,${expected}`
        },
      })
      response.writeHead(statuses.shift() ?? 204, { location: `http://127.0.0.1:${port()}/elsewhere` }).end()
    })
  })
  const port = () => (server.address() as AddressInfo).port
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.after(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return {
    url: `http://127.0.0.1:${port()}/hook?from=redpill`,
    received,
    answerNext: (...next) => void statuses.push(...next),
  }
}
