import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { startMockUpstream, type BehaviourName } from './support/mock-upstream.ts'
import { event } from './support/mock-upstream-answers.ts'
import { textOf, at } from './support/ask.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { openStage } from './support/stage.ts'

/** Two upstreams of each model: a cheap one that may misbehave, and a dear one that answers. */
const cheap: PriceTexts = { input: '1.000001', output: '2.000001' }
const dear: PriceTexts = { input: '3.000007', output: '5.000009' }
const timeout = 60_000

const stage = await openStage({ after }, { REDPILL_FIRST_BYTE_TIMEOUT_SECONDS: '5' })
const first = await startMockUpstream({ after })
const second = await startMockUpstream({ after }, { words: ['From', ' the', ' second'], promptTokens: 13 })
const firstId = await stage.addUpstream(first, { name: 'first' })
const secondId = await stage.addUpstream(second, { name: 'second' })
// Where nobody listens, nor gets to while this runs: systems hand out no port as low as this.
const goneId = await stage.addUpstream({ baseUrl: 'http://127.0.0.1:9/v1' }, { name: 'gone' })

const usual = { input: 11, output: 5 }
const fromSecond = { input: 13, output: 3 }

/** Makes a model whose cheap offer behaves so, and whose dear one is well. */
async function addPair(id: string, behaviour: BehaviourName, cheapProvider = firstId): Promise<void> {
  await stage.addModel({
    id,
    offers: [
      { providerId: secondId, upstreamModel: 'normal', prices: dear },
      { providerId: cheapProvider, upstreamModel: behaviour, prices: cheap },
    ],
  })
}

const outcomes = (receipt: object) =>
  (at(receipt, 'attempts') as { provider: string; outcome: string; status: number | null }[]).map(
    ({ provider, outcome, status }) => [provider, outcome, status],
  )

test('the cheapest offer is tried first, and nobody else is asked while it answers', { timeout }, async () => {
  await addPair('pair/well', 'normal')
  const customer = await stage.addCustomer('1000000')
  const before = second.requests.length
  const answer = await customer.chat({ model: 'pair/well' })
  equal(at(answer.json, 'usage.cost_credits'), creditsFor(usual, cheap))
  const receipt = await customer.receipt(answer)
  deepEqual(outcomes(receipt), [['first', 'answered', null]])
  equal(receipt['provider_name'], 'first')
  equal(second.requests.length, before)
})

const movesOn: readonly (readonly [BehaviourName, outcome: string, status: number | null])[] = [
  ['stall-before', 'timeout', null],
  ['reset-before', 'reset', null],
  ['rate-limited', 'status', 429],
  ['server-error', 'status', 500],
  ['wrong-key', 'status', 401],
  ['html', 'malformed', null],
  ['redirect', 'status', 302],
]

for (const [behaviour, outcome, status] of movesOn) {
  for (const stream of [false, true]) {
    const how = stream ? 'streamed' : 'plain'
    test(`${behaviour}, ${how}: the next offer answers, and the caller pays its price alone`, { timeout }, async () => {
      const model = `pair/${behaviour}-${how}`
      await addPair(model, behaviour)
      const customer = await stage.addCustomer('1000000')
      const answer = await customer.chat({ model, stream })
      equal(answer.status, 200, answer.text)
      equal(stream ? textOf(answer) : at(answer.json, 'choices.0.message.content'), 'From the second')
      const receipt = await customer.receipt(answer)
      deepEqual(outcomes(receipt), [
        ['first', outcome, status],
        ['second', 'answered', null],
      ])
      deepEqual([receipt['provider_name'], receipt['state']], ['second', 'ok'])
      equal(receipt['credits'], creditsFor(fromSecond, dear))
      const balance = await customer.balance()
      deepEqual([balance.held, balance.spent], ['0', creditsFor(fromSecond, dear)])
    })
  }
}

for (const stream of [false, true]) {
  test(
    `what an offer that failed says of its use is not charged to the next, ${stream ? 'streamed' : 'plain'}`,
    { timeout },
    async () => {
      await addPair(`pair/tells-${stream}`, 'normal')
      const customer = await stage.addCustomer('1000000')
      const used = { prompt_tokens: 1_000, completion_tokens: 5_000, total_tokens: 6_000 }
      first.enqueue({ deliver: () => [event({ choices: [], usage: used }), { waitMs: 20 }, 'reset'] })
      second.enqueue('no-usage')
      const answer = await customer.chat({ model: `pair/tells-${stream}`, stream, max_tokens: 8_000 })
      equal(answer.status, 200, answer.text)
      const receipt = await customer.receipt(answer)
      deepEqual([receipt['provider_name'], receipt['usage_source']], ['second', 'counted'])
      const units = receipt['units'] as { input: number; output: number }
      ok(units.input < 20 && units.output < 20, JSON.stringify(units))
      equal(receipt['credits'], creditsFor({ input: units.input, output: units.output }, dear))
    },
  )
}

test('an upstream that cannot be reached is passed over', { timeout }, async () => {
  await addPair('pair/gone', 'normal', goneId)
  const customer = await stage.addCustomer('1000000')
  const answer = await customer.chat({ model: 'pair/gone', stream: true })
  equal(textOf(answer), 'From the second')
  deepEqual(outcomes(await customer.receipt(answer)), [
    ['gone', 'connect', null],
    ['second', 'answered', null],
  ])
})

test(
  'a request that a provider finds at fault is not tried elsewhere: the caller is told why',
  { timeout },
  async () => {
    await addPair('pair/at-fault', 'bad-request')
    const customer = await stage.addCustomer('1000000')
    const before = second.requests.length
    const answer = await customer.chat({ model: 'pair/at-fault' })
    deepEqual(
      [answer.status, at(answer.json, 'error.code'), at(answer.json, 'error.message')],
      [400, 'invalid_request', 'Unknown field'],
    )
    equal(second.requests.length, before)
    equal((await customer.balance()).spent, '0')
  },
)

for (const behaviour of ['reset-mid', 'error-event'] as const) {
  test(`${behaviour}: once a byte was delivered no other offer takes over`, { timeout }, async () => {
    await addPair(`pair/after-${behaviour}`, behaviour)
    const customer = await stage.addCustomer('1000000')
    const before = second.requests.length
    const answer = await customer.chat({ model: `pair/after-${behaviour}`, stream: true })
    equal(textOf(answer), 'Hello from the')
    equal(at(JSON.parse(answer.events.at(-1)!), 'error.code'), 'upstream_error')
    const receipt = await customer.receipt(answer)
    deepEqual([receipt['state'], receipt['provider_name']], ['failed', 'first'])
    equal(second.requests.length, before)
    equal((await customer.balance()).spent, creditsFor(receipt['units'] as object, { ...cheap, request: '0' }))
  })
}

test(
  'when every offer fails, the last failure is told, all tries are on the receipt, and nothing is charged',
  { timeout },
  async () => {
    await stage.addModel({
      id: 'pair/none',
      offers: [
        { providerId: firstId, upstreamModel: 'server-error', prices: cheap },
        { providerId: secondId, upstreamModel: 'rate-limited', prices: dear },
      ],
    })
    const customer = await stage.addCustomer('1000000')
    const answer = await customer.chat({ model: 'pair/none', stream: true })
    equal(answer.status, 429)
    equal(answer.headers.get('retry-after'), '7')
    match(answer.headers.get('content-type')!, /json/)
    equal(at(answer.json, 'error.metadata.attempts'), 2)
    const receipt = await customer.receipt(answer)
    deepEqual(outcomes(receipt), [
      ['first', 'status', 500],
      ['second', 'status', 429],
    ])
    const balance = await customer.balance()
    deepEqual([balance.held, balance.spent, receipt['state']], ['0', '0', 'failed'])
  },
)

test('an offer that says it cannot take a field is not asked, however cheap it is', { timeout }, async () => {
  await stage.addModel({
    id: 'pair/tools',
    offers: [
      { providerId: firstId, upstreamModel: 'normal', prices: cheap, capabilities: { tools: false } },
      { providerId: secondId, upstreamModel: 'normal', prices: dear },
    ],
  })
  const customer = await stage.addCustomer('1000000')
  const plain = await customer.chat({ model: 'pair/tools' })
  const withTools = await customer.chat({ model: 'pair/tools', tools: [{ type: 'function', function: { name: 'f' } }] })
  equal((await customer.receipt(plain))['provider_name'], 'first')
  equal((await customer.receipt(withTools))['provider_name'], 'second')
})

test(
  'the hold suffices for the dearest offer of the plan, so a failover needs no credits that were not held',
  { timeout },
  async () => {
    await addPair('pair/poor', 'server-error')
    const enough = await stage.addCustomer(creditsFor({ input: 200, output: 3 }, dear))
    const answer = await enough.chat({ model: 'pair/poor', max_tokens: 3 })
    equal(answer.status, 200, answer.text)
    const tooLittle = await stage.addCustomer(creditsFor({ input: 20, output: 3 }, cheap))
    const refused = await tooLittle.chat({ model: 'pair/poor', max_tokens: 3 })
    equal(refused.status, 402)
    ok(!(await tooLittle.balance()).spent.startsWith('-'))
  },
)
