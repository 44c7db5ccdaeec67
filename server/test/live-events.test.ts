import { deepEqual, equal, notEqual } from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { test } from 'node:test'
import { readEvents } from '../src/api/test/event-stream.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage, type Stage } from './support/stage.ts'
import type { TestServer } from './support/server.ts'
import type { Scope } from './support/scope.ts'

const model = 'made/cheap'

async function openScene(t: Scope): Promise<{ stage: Stage; customer: Customer }> {
  const stage = await openStage(t)
  const upstream = await startMockUpstream(t)
  const providerId = await stage.addUpstream(upstream)
  const prices = { input: '1', output: '2' }
  await stage.addModel({ id: model, prices, offers: [{ providerId, upstreamModel: 'cheap' }] })
  return { stage, customer: await stage.addCustomer('1000000') }
}

/** Hears the customer's account with the operator's key. */
async function listen(server: TestServer, { accountId }: Customer, last?: string) {
  const response = await fetch(`${server.url}/api/v1/events?account_id=${accountId}`, {
    headers: { authorization: `Bearer ${server.operatorKey}`, ...(last !== undefined && { 'last-event-id': last }) },
  })
  equal(response.status, 200)
  equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  return readEvents(response)
}

test('a call at one process is told by another, and by the next one after that was killed, once each', async (t) => {
  const { stage, customer } = await openScene(t)
  const first = stage.server()
  const second = await stage.startSibling()
  const atSecond = await listen(second, customer)
  await atSecond.until('balance', 1)
  const made = [(await customer.chat({ model })).generation]
  await atSecond.until('call', 1)
  await second.kill()
  equal(await atSecond.ended, 'broken')
  made.push((await customer.chat({ model })).generation, (await customer.chat({ model })).generation)
  const atFirst = await listen(first, customer, atSecond.ids().at(-1))
  await atFirst.until('call', 2)
  made.push((await customer.chat({ model })).generation)
  await atFirst.until('call', 3)
  deepEqual(
    [...atSecond.of('call'), ...atFirst.of('call')].map(({ id }) => id),
    made,
  )
  await atFirst.leave()
})

test('a server that stops ends its streams, and is gone', async (t) => {
  const { stage, customer } = await openScene(t)
  const stream = await listen(stage.server(), customer)
  await stream.until('balance', 1)
  const stopped = stage.server().stop()
  equal(await stream.ended, 'ended')
  deepEqual(stream.of('end'), [{ reason: 'stopping' }])
  equal(await stopped, 0)
})

test('two hundred listeners hear the same calls, and leave nothing behind', async (t) => {
  const { stage, customer } = await openScene(t)
  const streams = await Promise.all(Array.from({ length: 200 }, () => listen(stage.server(), customer)))
  for (const stream of streams) await stream.until('balance', 1)
  const made = await Promise.all(Array.from({ length: 5 }, async () => (await customer.chat({ model })).generation))
  for (const stream of streams) {
    const told = await stream.until('call', 5)
    deepEqual(told.map(({ id }) => String(id)).toSorted(), made.toSorted())
    await stream.leave()
  }
  // As many again find room: those that went are not counted any more.
  const comeIn = async () => {
    let stream: Awaited<ReturnType<typeof listen>> | undefined
    await eventually('there is room', async () => {
      stream = await listen(stage.server(), customer).catch(() => undefined)
      return stream !== undefined
    })
    return stream!
  }
  const again = await Promise.all(Array.from({ length: 200 }, comeIn))
  for (const stream of again) await stream.leave()
})

test('who does not read is cut off, and hears everything when coming back', async (t) => {
  const { stage, customer } = await openScene(t)
  const server = stage.server()
  const request = get(`${server.url}/api/v1/events?account_id=${customer.accountId}`, {
    headers: { authorization: `Bearer ${server.operatorKey}` },
  })
  const [answer] = (await once(request, 'response')) as [IncomingMessage]
  let text = ''
  answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  await eventually('the stream began', () => text.includes('event: balance'))
  const last = /id: (\S+)/.exec(text)?.[1]
  const broken = new Promise<void>((resolve) => answer.on('error', () => {}).on('close', resolve))
  answer.pause()
  // Each call is told with its labels, so that much more waits for the reader than is kept for it.
  const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, at) => [`label-${at}`, 'x'.repeat(500)]))
  const made: string[] = []
  while (made.length < 900 && !answer.destroyed) {
    const calls = Array.from({ length: 20 }, () => customer.chat({ model, metadata }))
    made.push(...(await Promise.all(calls)).map(({ generation }) => generation))
  }
  answer.resume()
  await broken
  notEqual(text.match(/event: call/g)?.length ?? 0, made.length)
  const stream = await listen(server, customer, last)
  const told = await stream.until('call', made.length)
  deepEqual(told.map(({ id }) => String(id)).toSorted(), made.toSorted())
  await stream.leave()
})
