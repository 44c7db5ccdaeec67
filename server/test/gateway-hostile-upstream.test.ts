import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { startMockUpstream, type Behaviour } from './support/mock-upstream.ts'
import { event, json } from './support/mock-upstream-answers.ts'
import { at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { creditsFor } from './support/expected-cost.ts'
import { openStage } from './support/stage.ts'

/** Upstreams that speak the protocol, but say in it what no honest one says. */
const prices = { input: '3.000001', output: '7.000003' }
const timeout = 60_000

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
await stage.addModel({ id: 'm', prices, offers: [{ providerId, upstreamModel: 'm' }] })
await stage.addModel({ id: 'embedder', prices: { input: '3' }, offers: [{ providerId, upstreamModel: 'e' }] })

const choice = { index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const saying = (answer: object): Behaviour => ({
  deliver: () => [json({ id: 'x', choices: [choice], usage, ...answer })],
})

/** Asks a plain call of an upstream that answers so; the hold must be gone afterwards, whatever the answer was. */
async function askOf(behaviour: Behaviour, customer?: Customer) {
  const caller = customer ?? (await stage.addCustomer('1000000'))
  mock.enqueue(behaviour)
  const answer = await caller.chat({ model: 'm' })
  equal((await caller.balance()).held, '0')
  return { answer, caller, receipt: await caller.receipt(answer) }
}

test(
  'an id of any kind and length, NUL characters and halves of surrogate pairs do not spoil the receipt',
  { timeout },
  async () => {
    for (const id of ['y'.repeat(100_000), 'nul \u0000 half \ud800', 7, { deep: ['x'] }, null]) {
      const { answer, receipt } = await askOf(saying({ id }))
      equal(answer.status, 200)
      equal(receipt['state'], 'ok')
      equal(receipt['credits'], creditsFor({ input: 3, output: 2 }, prices))
      ok(JSON.stringify(receipt['upstream_id']).length <= 250)
    }
  },
)

test('a usage object that is deep or full of other things is charged for its tokens', { timeout }, async () => {
  const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field${index}`, index]))
  for (const more of [{ extra: 'z'.repeat(1_000_000) }, many, { nested: { a: { b: { c: 1 } } } }]) {
    const { answer, receipt } = await askOf(saying({ usage: { ...usage, ...more } }))
    equal(answer.status, 200)
    equal(receipt['credits'], creditsFor({ input: 3, output: 2 }, prices))
    ok(answer.text.length < 20_000)
  }
  // Deeper than JSON.stringify of Node.js goes.
  const raw = `{"choices":[${JSON.stringify(choice)}],"usage":{"prompt_tokens":3,"completion_tokens":2,"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`
  const { answer, receipt } = await askOf({ deliver: () => [Buffer.from(raw)] })
  deepEqual([answer.status, receipt['credits']], [200, creditsFor({ input: 3, output: 2 }, prices)])
})

const unbelievable = [
  { prompt_tokens: -1, completion_tokens: 2 },
  { prompt_tokens: 1.5, completion_tokens: 2 },
  { prompt_tokens: '3', completion_tokens: 2 },
  { prompt_tokens: 3, completion_tokens: 1e300 },
  { prompt_tokens: null, completion_tokens: null },
  { completion_tokens: 2 },
  'none',
  [3, 2],
]

test('usage that cannot be true is not believed: the tokens are counted', { timeout }, async () => {
  for (const told of unbelievable) {
    const { answer, receipt } = await askOf(saying({ usage: told }))
    equal(answer.status, 200)
    deepEqual([receipt['usage_source'], at(receipt, 'units.output')], ['counted', 1], JSON.stringify(told))
    equal(receipt['credits'], creditsFor({ input: 8, output: 1 }, prices))
  }
})

test('an explicit zero is believed, and costs nothing', { timeout }, async () => {
  const { receipt } = await askOf(saying({ usage: { prompt_tokens: 0, completion_tokens: 0 } }))
  deepEqual([receipt['usage_source'], receipt['credits'], receipt['state']], ['provider', '0', 'ok'])
})

test('cached tokens beyond the prompt, and details that do not add up, are charged once', { timeout }, async () => {
  const details = {
    prompt_tokens_details: { cached_tokens: 900 },
    completion_tokens_details: { reasoning_tokens: 900 },
  }
  const { receipt } = await askOf(saying({ usage: { ...usage, ...details } }))
  equal(receipt['credits'], creditsFor({ input: 3, output: 2 }, prices))
})

test(
  'usage beyond what the account has is charged as far as it goes, told as a shortfall, and never owed',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000')
    const told = { usage: { prompt_tokens: 3, completion_tokens: 1_000_000 } }
    const { answer, receipt } = await askOf(saying(told), customer)
    equal(answer.status, 200)
    equal(receipt['credits'], '1000')
    const cost = creditsFor({ input: 3, output: 1_000_000 }, prices)
    equal(Number(receipt['shortfall_credits']), Number(cost) - 1_000)
    const { available, spent } = await customer.balance()
    deepEqual([available, spent], ['0', '1000'])
    ok(stage.server().output().includes('"message":"shortfall"'))
  },
)

test(
  'an embedding whose provider speaks of output is charged for its input, and holds nothing after',
  { timeout },
  async () => {
    const customer = await stage.addCustomer('1000000')
    const body = {
      data: [{ index: 0, embedding: [1] }],
      usage: { prompt_tokens: 4, completion_tokens: 9, total_tokens: 13 },
    }
    mock.enqueue({ deliver: () => [json(body)] })
    const answer = await customer.ask('/v1/embeddings', { model: 'embedder', input: 'Hi' })
    equal(answer.status, 200, answer.text)
    deepEqual(
      [(await customer.receipt(answer))['credits'], (await customer.balance()).held],
      [creditsFor({ input: 4 }, { input: '3' }), '0'],
    )
  },
)

test('what follows the end of a stream is neither handed on nor charged', { timeout }, async () => {
  const chunk = (content: string, reason: string | null = null) =>
    event({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: reason }] })
  const customer = await stage.addCustomer('1000000')
  mock.enqueue({
    deliver: () => [
      chunk('One'),
      chunk('', 'stop'),
      event({ choices: [], usage }),
      Buffer.from('data: [DONE]\n\n'),
      chunk('Two'),
      event({ choices: [], usage: { prompt_tokens: 9_999, completion_tokens: 9_999 } }),
    ],
  })
  const answer = await customer.chat({ model: 'm', stream: true })
  ok(!answer.text.includes('Two'))
  equal((await customer.balance()).spent, creditsFor({ input: 3, output: 2 }, prices))
})

test('a refusal of many megabytes is told in few bytes', { timeout }, async () => {
  const told = { error: { message: 'm'.repeat(5_000_000), param: 'p'.repeat(5_000_000) } }
  for (const stream of [false, true]) {
    const customer = await stage.addCustomer('1000000')
    mock.enqueue({ status: 400, deliver: () => [json(told)] })
    const answer = await customer.chat({ model: 'm', stream })
    equal(answer.status, 400)
    ok(answer.text.length < 10_000, `${answer.text.length} characters`)
  }
})

test('the ledger reconciles after all of it', async () => {
  await stage.reconcile()
})
