import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Stripe } from 'stripe'
import { atEnd, type Scope } from '../../../server/test/support/scope.ts'
import { developmentSecret } from '../index.ts'

export type Receiver = {
  readonly url: string
  /** What came and was signed, in the order in which it came, as Stripe's own code reads it. */
  readonly events: readonly Stripe.Event[]
  /** What came and was not signed as it should. */
  readonly forged: readonly string[]
  /** The statuses of the next answers, one each; then 200. */
  readonly answerNext: (...statuses: readonly number[]) => void
}

/** A merchant's endpoint. */
export async function startReceiver(t: Scope): Promise<Receiver> {
  const events: Stripe.Event[] = []
  const forged: string[] = []
  const statuses: number[] = []
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((pieces) => {
      const body = Buffer.concat(pieces)
      try {
        events.push(Stripe.webhooks.constructEvent(body, request.headers['stripe-signature'] ?? '', developmentSecret))
      } catch (error) {
        forged.push((error as Error).message)
      }
      response.writeHead(statuses.shift() ?? 200).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(t, async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`
  return { url, events, forged, answerNext: (...next) => void statuses.push(...next) }
}
