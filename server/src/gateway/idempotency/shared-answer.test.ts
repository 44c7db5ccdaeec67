import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Exchange } from '../../platform/http/index.ts'
import { shareAnswer, type SharedAnswer } from './shared-answer.ts'

/** A caller in memory: what it has been sent, and a way to make it go or read no more. */
function openCaller({ takes = true } = {}) {
  const seen = { status: 0, headers: {}, text: '', end: 'open' as 'open' | 'ended' | 'destroyed' }
  let abort = () => {}
  const exchange: Exchange = {
    ...{ requestId: 'r', method: 'POST', path: '/', remoteAddress: '' },
    header: () => undefined,
    proxyHeader: () => undefined,
    readBody: () => Promise.resolve({ kind: 'aborted' }),
    send: (status, headers, body) => void Object.assign(seen, { status, headers, text: body.toString(), end: 'ended' }),
    begin: (status, headers) => void Object.assign(seen, { status, headers }),
    write(piece) {
      seen.text += piece.toString()
      return takes
    },
    end: () => void (seen.end = 'ended'),
    destroy: () => void (seen.end = 'destroyed'),
    onDrain: () => {},
    onAbort: (listener) => void (abort = listener),
  }
  return { exchange, seen, leave: () => abort() }
}

function openScene(bytesMax = 1_000) {
  const first = openCaller()
  const scene = { deserted: 0 }
  const shared = shareAnswer({
    ...{ exchange: first.exchange, headers: { 'x-generation-id': 'gen-1' }, bytesMax },
    onDeserted: () => void (scene.deserted += 1),
  })
  return { first, shared, scene }
}

const headers = { 'content-type': 'text/event-stream' }

/** Sends a stream; before each of its steps, as many join as `joins` says. */
function stream(shared: SharedAnswer, pieces: readonly string[], join: () => void, joins: readonly number[]): void {
  const steps = [
    () => shared.exchange.begin(200, headers),
    ...pieces.map((piece) => () => void shared.exchange.write(piece)),
    () => shared.exchange.end(),
  ]
  for (const [at, step] of steps.entries()) {
    for (let count = joins[at] ?? 0; count > 0; count--) join()
    step()
  }
}

test('whenever somebody joins a stream, it gets every byte of it, once, and its end', async () => {
  const pieces = fc.array(fc.string(), { maxLength: 8 })
  const joins = fc.array(fc.nat(2), { maxLength: 10 })
  await fc.assert(
    fc.asyncProperty(pieces, joins, async (sent, when) => {
      const { first, shared } = openScene(1_000_000)
      const joined: ReturnType<typeof openCaller>[] = []
      const waits: Promise<void>[] = []
      const join = () => {
        const caller = openCaller()
        joined.push(caller)
        waits.push(shared.join(caller.exchange) ?? Promise.reject(new Error('too late')))
      }
      stream(shared, sent, join, when)
      await Promise.all(waits)
      for (const { seen } of joined) {
        deepEqual([seen.status, seen.text, seen.end], [200, sent.join(''), 'ended'])
        deepEqual(seen.headers, { ...headers, 'x-generation-id': 'gen-1' })
      }
      equal(first.seen.text, sent.join(''))
      equal(shared.recorded()?.body.toString(), sent.join(''))
    }),
  )
})

test('of an answer that is longer than what is kept, the first caller gets all and nobody joins late', () => {
  const { first, shared } = openScene(10)
  const early = openCaller()
  ok(shared.join(early.exchange))
  stream(shared, ['12345', '67890', 'x'], () => equal(shared.join(openCaller().exchange), undefined), [0, 0, 0, 0, 1])
  equal(first.seen.text, '1234567890x')
  equal(early.seen.text, '1234567890x')
  equal(shared.recorded(), undefined)
})

test('whoever joined and takes nothing is cut off; the others go on', async () => {
  const { first, shared } = openScene(10)
  const slow = openCaller({ takes: false })
  const cut = shared.join(slow.exchange)
  shared.exchange.begin(200, headers)
  for (const piece of ['12345', '67890', 'x', 'y']) shared.exchange.write(piece)
  await cut
  equal(slow.seen.end, 'destroyed')
  equal(first.seen.text, '1234567890xy')
})

test('the call is deserted when the last caller has gone, and not before', () => {
  const { first, shared, scene } = openScene()
  const second = openCaller()
  void shared.join(second.exchange)
  first.leave()
  equal(scene.deserted, 0)
  second.leave()
  equal(scene.deserted, 1)
})

test('a broken answer is broken for all, and not recorded', () => {
  const { first, shared } = openScene()
  const second = openCaller()
  void shared.join(second.exchange)
  shared.exchange.begin(200, headers)
  shared.exchange.write('some')
  shared.exchange.destroy()
  deepEqual([first.seen.end, second.seen.end, shared.recorded()], ['destroyed', 'destroyed', undefined])
})
