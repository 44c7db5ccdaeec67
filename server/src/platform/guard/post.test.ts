import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { checkUrl, postGuarded, type ResolveName } from './index.ts'

async function startHearing(t: TestContext, answer: (response: ServerResponse) => void) {
  const heard: IncomingMessage[] = []
  const server = createServer((request, response) => {
    heard.push(request)
    answer(response)
  }).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return { heard, port: (server.address() as AddressInfo).port }
}

const resolvingTo =
  (...turns: readonly string[]): ResolveName =>
  (_, callback) =>
    callback(null, [{ address: turns.length > 1 ? (turns as string[]).shift()! : turns[0]!, family: 4 }])

const post = (url: string, more: Partial<Parameters<typeof postGuarded>[0]> = {}) =>
  postGuarded({ url, body: '{}', headers: {}, allowPrivate: true, timeoutMs: 5_000, ...more })

test('a name is resolved once, and what was checked is what is called, whatever it resolves to a moment later', async (t) => {
  const { heard, port } = await startHearing(t, (response) => response.writeHead(204).end())
  const resolve = resolvingTo('127.0.0.1', '169.254.169.254')
  deepEqual(await post(`http://rebinding.test:${port}/x`, { resolve }), { kind: 'answered', status: 204 })
  const refused = await post(`http://rebinding.test:${port}/x`, { resolve })
  ok(refused.kind === 'failed')
  match(refused.why, /^rebinding\.test is not an address that may be called$/)
  equal(heard.length, 1)
})

test('private addresses are not called unless the operator allows it, however they are written', async (t) => {
  const { heard, port } = await startHearing(t, (response) => response.end())
  const hosts = [
    '127.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '0.0.0.0',
    '[::]',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '[fe80::1]',
  ]
  for (const host of hosts) {
    const refused = await post(`http://${host}:${port}/`, { allowPrivate: false })
    ok(refused.kind === 'failed' && refused.why.includes('may be called'), `${host}: ${JSON.stringify(refused)}`)
    equal(checkUrl(`http://${host}:${port}/?x=1`, { allowPrivate: false }).kind, 'refused', host)
  }
  const named = await post(`http://name.test:${port}/`, { allowPrivate: false, resolve: resolvingTo('127.0.0.1') })
  equal(named.kind, 'failed')
  equal(heard.length, 0)
})

test('no redirect is followed, no long answer is read, and none is waited for longer than asked', async (t) => {
  const redirecting = await startHearing(t, (response) => response.writeHead(307, { location: '/again' }).end())
  deepEqual(await post(`http://127.0.0.1:${redirecting.port}/`), { kind: 'answered', status: 307 })
  equal(redirecting.heard.length, 1)
  const endless = await startHearing(t, (response) => response.writeHead(200).write('x'.repeat(10_000)))
  deepEqual(await post(`http://127.0.0.1:${endless.port}/`), { kind: 'answered', status: 200 })
  const silent = await startHearing(t, () => {})
  deepEqual(await post(`http://127.0.0.1:${silent.port}/`, { timeoutMs: 100 }), {
    kind: 'failed',
    why: 'no answer within 100 ms',
  })
  deepEqual(await post('http://127.0.0.1:1/'), { kind: 'failed', why: 'ECONNREFUSED' })
})
