import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { openTokenCounter } from '../src/providers/index.ts'
import { event } from './support/mock-upstream-answers.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor } from './support/expected-cost.ts'
import { openCallsOf } from './support/processes.ts'
import { openStage } from './support/stage.ts'

const prices = { input: '3.000001', output: '7.000003' }
const echoPrices = { input: '0.01', output: '0.01' }
const timeout = 60_000

const stage = await openStage({ after }, { REDPILL_HOLD_WAIT_SECONDS: '30' })
const mock = await startMockUpstream({ after })
const counter = openTokenCounter()
after(() => counter.close())
const providerId = await stage.addUpstream(mock)
for (const name of ['normal', 'stall-before', 'stall-mid', 'slow-trickle', 'no-usage'] as const) {
  await stage.addModel({ id: `mock/${name}`, prices, offers: [{ providerId, upstreamModel: name }] })
}

/** The receipt of the customer's only call, once it has ended. */
async function onlyReceipt(customer: Customer) {
  const list = () =>
    stage
      .server()
      .manage<{ data: { id: string; state: string }[] }>('GET', `/generations?account_id=${customer.accountId}`)
  let ended: { id: string } | undefined
  await eventually('the call has ended', async () => {
    const { data } = await list()
    ended = data.find(({ state }) => state !== 'running')
    return ended !== undefined
  })
  return customer.receipt({ generation: ended!.id })
}

/** Asks, and leaves once so many characters of the answer were read. */
async function askAndLeave(customer: Customer, body: object, characters: number): Promise<string> {
  const leaving = new AbortController()
  let read = ''
  await customer
    .chat(body, {
      signal: leaving.signal,
      onPiece(piece) {
        read += piece
        if (read.length >= characters) leaving.abort()
      },
    })
    .catch(() => {})
  return read
}

test(
  'a stream that its caller leaves is charged for the prompt and what was delivered, and the upstream is cancelled',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const sent = mock.requests.length
    let read = ''
    const leaving = new AbortController()
    const onPiece = (piece: string) => {
      read += piece
      if (read.includes(' the')) leaving.abort()
    }
    await customer.chat({ model: 'mock/stall-mid', stream: true }, { signal: leaving.signal, onPiece }).catch(() => {})
    await eventually('the upstream sees the cancellation', () => mock.requests[sent]?.outcome === 'cancelled')
    const receipt = await onlyReceipt(customer)
    const input = 6 + (await counter.count(['user', 'Hi']))
    deepEqual(receipt['units'], { input, output: 3, request: 1 })
    deepEqual([receipt['state'], receipt['status'], receipt['usage_source']], ['aborted', 499, 'counted'])
    equal(receipt['cancelled'], true)
    const { held, spent } = await customer.balance()
    deepEqual([held, spent], ['0', creditsFor({ input, output: 3 }, prices)])
  },
)

test(
  'a stream of a built-in model that its caller leaves stops at once, and is charged to the token',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const words = 4_000
    const content = Array.from({ length: words }, (_, index) => `w${index}`).join(' ')
    const body = { model: 'local/echo', stream: true, echo: { delay_ms: 10 }, messages: [{ role: 'user', content }] }
    const read = await askAndLeave(customer, body, 4_000)
    const receipt = await onlyReceipt(customer)
    const seen = read.split('"content":"').length - 2
    const output = at(receipt, 'units.output') as number
    ok(output >= seen && output < words / 2, `${seen} <= ${output}`)
    equal(at(receipt, 'units.input'), words)
    const { held, spent } = await customer.balance()
    deepEqual([held, spent], ['0', creditsFor({ input: words, output }, echoPrices)])
    deepEqual([receipt['state'], receipt['credits']], ['aborted', spent])
  },
)

for (const stream of [true, false]) {
  const how = stream ? 'streamed' : 'plain'
  test(`a ${how} call that its caller leaves before the first byte costs nothing`, { timeout }, async () => {
    const customer = await stage.addCustomer('1000000')
    const sent = mock.requests.length
    const leaving = new AbortController()
    const asked = customer.chat({ model: 'mock/stall-before', stream }, { signal: leaving.signal }).catch(() => {})
    await eventually('the upstream was asked', () => mock.requests.length > sent)
    leaving.abort()
    await asked
    await eventually('the upstream sees the cancellation', () => mock.requests[sent]?.outcome === 'cancelled')
    const receipt = await onlyReceipt(customer)
    deepEqual(
      [receipt['state'], receipt['status'], receipt['credits'], receipt['usage_source']],
      ['aborted', 499, '0', 'none'],
    )
    const { held, spent } = await customer.balance()
    deepEqual([held, spent], ['0', '0'])
  })
}

test(
  'a stream that its caller leaves while a broken provider is about to be asked again costs nothing',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const sent = mock.requests.length
    const role = { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }
    const usage = { prompt_tokens: 1_000, completion_tokens: 5_000, total_tokens: 6_000 }
    mock.enqueue({ deliver: () => [event({ ...role, usage }), { waitMs: 20 }, 'reset'] }, 'stall-before')
    const leaving = new AbortController()
    const asked = customer.chat({ model: 'mock/normal', stream: true }, { signal: leaving.signal }).catch(() => {})
    await eventually('the first try broke off', () => mock.requests[sent]?.outcome === 'reset')
    leaving.abort()
    await asked
    const receipt = await onlyReceipt(customer)
    deepEqual([receipt['state'], receipt['credits'], receipt['units']], ['aborted', '0', {}])
  },
)

test('a plain call that its caller leaves halfway through the upstream answer costs nothing', { timeout }, async () => {
  const customer = await stage.addCustomer('1000000')
  const sent = mock.requests.length
  const leaving = new AbortController()
  const asked = customer.chat({ model: 'mock/stall-mid' }, { signal: leaving.signal }).catch(() => {})
  await eventually('the upstream was asked', () => mock.requests.length > sent)
  await new Promise((resolve) => setTimeout(resolve, 100))
  leaving.abort()
  await asked
  await eventually('the upstream sees the cancellation', () => mock.requests[sent]?.outcome === 'cancelled')
  deepEqual([(await onlyReceipt(customer))['state'], (await customer.balance()).spent], ['aborted', '0'])
})

test(
  'a call that its caller leaves while it waits for credits holds nothing and asks nobody',
  { timeout },
  async () => {
    const customer = await stage.addCustomer(creditsFor({ input: 50, output: 20 }, prices))
    const running = new AbortController()
    const first = mock.requests.length
    const stalled = customer
      .chat({ model: 'mock/stall-before', max_tokens: 10 }, { signal: running.signal })
      .catch(() => {})
    await eventually('the first call holds the credits', () => mock.requests.length === first + 1)
    const leaving = new AbortController()
    const asked = customer.chat({ model: 'mock/no-usage', max_tokens: 15 }, { signal: leaving.signal }).catch(() => {})
    await eventually('the second call is there too', async () => (await openCallsOf(stage.server())) === 2)
    // It waits for credits a moment after it has come.
    await new Promise((resolve) => setTimeout(resolve, 300))
    leaving.abort()
    await asked
    const lineOf = () =>
      stage
        .server()
        .output()
        .split('\n')
        .find((line) => line.includes('"status":499') && !line.includes('"provider"') && line.includes(customer.keyId))
    await eventually('the waiting call is logged as left', () => lineOf() !== undefined)
    equal(mock.requests.length, first + 1)
    running.abort()
    await stalled
    await eventually('nothing is held', async () => (await customer.balance()).held === '0')
    equal((await customer.balance()).spent, '0')
  },
)

test(
  'hundreds of callers that come and go leave no hold and no upstream connection that works',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const sent = mock.requests.length
    await Promise.all(
      Array.from({ length: 150 }, (_, index) =>
        askAndLeave(customer, { model: 'mock/slow-trickle', stream: true }, 1 + index * 20),
      ),
    )
    await eventually('nothing is held', async () => (await customer.balance()).held === '0')
    await eventually('no upstream is still working', () =>
      mock.requests.slice(sent).every(({ outcome }) => outcome !== 'open'),
    )
    const { data } = await stage
      .server()
      .manage<{ data: { state: string }[] }>('GET', `/generations?account_id=${customer.accountId}&limit=200`)
    equal(data.length, 150)
    ok(data.every(({ state }) => state === 'aborted'))
    await stage.reconcile()
  },
)
