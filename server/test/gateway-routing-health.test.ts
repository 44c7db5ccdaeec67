/** What routing learns from failing, limited, slow and full offers: whole servers, real upstreams, exact money. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { at, textOf } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { creditsFor, type PriceTexts } from './support/expected-cost.ts'
import { startMockUpstream, type Behaviour } from './support/mock-upstream.ts'
import { openStage, type ModelOptions } from './support/stage.ts'

const timeout = 60_000
const cheap: PriceTexts = { input: '1', output: '2' }
const dear: PriceTexts = { input: '3', output: '5' }

const stage = await openStage({ after })
const customer = await stage.addCustomer('1000000000')

type OfferOptions = Partial<ModelOptions['offers'][number]>

/** A model of its own, served by upstreams of its own: nothing that another test did is remembered of them. */
async function setUp(id: string, one: OfferOptions = {}, other: OfferOptions | 'alone' = {}) {
  const first = await startMockUpstream({ after })
  const second = await startMockUpstream({ after }, { words: ['From', ' the', ' second'], promptTokens: 13 })
  const [firstId, secondId] = [
    await stage.addUpstream(first, { name: `${id}-1` }),
    await stage.addUpstream(second, { name: `${id}-2` }),
  ]
  const model = `health/${id}`
  await stage.addModel({
    id: model,
    offers: [
      { providerId: firstId, upstreamModel: 'normal', prices: cheap, ...one },
      ...(other === 'alone' ? [] : [{ providerId: secondId, upstreamModel: 'normal', prices: dear, ...other }]),
    ],
  })
  return { model, first, second, chat: (body: object = {}) => customer.chat({ model, ...body }) }
}

type Row = { readonly outcome: string; readonly status: number | null }
const outcomesOf = async (answer: { readonly generation: string }) =>
  (at(await customer.receipt(answer), 'attempts') as readonly Row[]).map(({ outcome, status }) =>
    status === null ? outcome : status,
  )

const refusal = (status: number, retryAfterSeconds?: number): Behaviour => ({
  status,
  ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  deliver: () => [Buffer.from(JSON.stringify({ error: { message: 'no' } }))],
})

test(
  'an offer that fails three times is left alone, while every caller is answered by the other',
  { timeout },
  async () => {
    const { first, chat } = await setUp('flapping', { upstreamModel: 'server-error' })
    for (let call = 0; call < 12; call++) equal((await chat()).status, 200)
    // One more where the machine is so slow that the cool-down of five seconds is over.
    ok(first.requests.length >= 3 && first.requests.length <= 4, String(first.requests.length))
  },
)

test('in a storm of 429 the offer is asked once, then left alone for as long as it said', { timeout }, async () => {
  const { first, second, chat } = await setUp('storm', { upstreamModel: 'rate-limited' })
  equal((await chat()).status, 200)
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await chat()).status))
  deepEqual([...new Set(statuses)], [200])
  deepEqual([first.requests.length, second.requests.length], [1, 21])
})

test(
  'a short Retry-After is waited for when nothing else is left, and the caller pays for one answer',
  { timeout },
  async () => {
    const { first, chat } = await setUp('patient', {}, 'alone')
    first.enqueue(refusal(429, 1))
    const before = await customer.balance()
    const answer = await chat()
    equal(answer.status, 200, answer.text)
    deepEqual(await outcomesOf(answer), [429, 'answered'])
    equal(at(answer.json, 'usage.cost_credits'), creditsFor({ input: 11, output: 5 }, cheap))
    const spent = Number((await customer.balance()).spent) - Number(before.spent)
    equal(spent, Number(creditsFor({ input: 11, output: 5 }, cheap)))
  },
)

test(
  'a long Retry-After is handed on, and the only offer is asked again all the same by the next call',
  { timeout },
  async () => {
    const { first, chat } = await setUp('long-wait', {}, 'alone')
    first.enqueue(refusal(429, 30))
    const refused = await chat()
    deepEqual([refused.status, refused.headers.get('retry-after'), first.requests.length], [429, '30', 1])
    equal((await chat()).status, 200)
  },
)

test(
  'a wait that a provider tells as a date, in milliseconds or with a fraction is handed on in whole seconds',
  { timeout },
  async () => {
    const { first, chat } = await setUp('date', {}, 'alone')
    const forms: readonly Readonly<Record<string, string>>[] = [
      { 'retry-after': 'Sat, 28 Nov 2026 12:00:30 GMT', date: 'Sat, 28 Nov 2026 12:00:00 GMT' },
      { 'retry-after-ms': '29500' },
      { 'retry-after': '29.5' },
    ]
    for (const headers of forms) {
      first.enqueue({ ...refusal(429), headers })
      const refused = await chat()
      deepEqual([refused.status, refused.headers.get('retry-after')], [429, '30'], JSON.stringify(headers))
    }
  },
)

for (const stream of [false, true]) {
  test(
    `a ${stream ? 'stream' : 'call'} that was broken off before its first byte is asked once more of the only offer`,
    { timeout },
    async () => {
      const { first, chat } = await setUp(`reset-${stream}`, {}, 'alone')
      first.enqueue('reset-before')
      const answer = await chat({ stream })
      equal(answer.status, 200, answer.text)
      deepEqual([await outcomesOf(answer), first.requests.length], [['reset', 'answered'], 2])
    },
  )
}

test(
  'a stream that broke off after its first byte is asked of nobody else, and what came is paid',
  { timeout },
  async () => {
    const { second, chat } = await setUp('mid', { upstreamModel: 'reset-mid' })
    const answer = await chat({ stream: true })
    equal(textOf(answer), 'Hello from the')
    deepEqual([await outcomesOf(answer), second.requests.length], [['reset'], 0])
  },
)

for (const stream of [false, true]) {
  test(
    `hedged, ${stream ? 'streamed' : 'plain'}: the second is asked after the delay, the quicker answers and alone is paid`,
    { timeout },
    async () => {
      const { model, first, second } = await setUp(`hedge-${stream}`, { upstreamModel: 'stall-before' })
      const answer = await customer.chat({ model, stream, provider: { hedge: 50 } })
      equal(answer.status, 200, answer.text)
      equal(stream ? textOf(answer) : at(answer.json, 'choices.0.message.content'), 'From the second')
      await first.waitFor('cancelled')
      const receipt = await customer.receipt(answer)
      deepEqual(await outcomesOf(answer), ['outrun', 'answered'])
      equal(receipt['credits'], creditsFor({ input: 13, output: 3 }, dear))
      deepEqual([first.requests.length, second.requests.length], [1, 1])
      equal(at(receipt, 'routing.hedge_ms'), 50)
    },
  )
}

test(
  'hedged: who answers in time has no second beside it; and one that fails leaves the call to the other',
  { timeout },
  async () => {
    const quick = await setUp('hedge-quick')
    const answer = await customer.chat({ model: quick.model }, { headers: { 'x-redpill-hedge': '5000' } })
    deepEqual([await outcomesOf(answer), quick.second.requests.length], [['answered'], 0])
    const failing = await setUp('hedge-failing')
    const { promise: bothAsked, resolve: fail } = Promise.withResolvers<void>()
    failing.first.enqueue({ ...refusal(500), before: { until: bothAsked } })
    failing.second.enqueue({ before: { until: failing.first.waitFor('answered').then(() => sleep(200)) } })
    const saving = customer.chat({ model: failing.model, provider: { hedge: 20 } })
    await eventually('both are asked', () => failing.second.requests.length === 1)
    fail()
    const saved = await saving
    deepEqual([saved.status, await outcomesOf(saved)], [200, [500, 'answered']])
  },
)

test('hedged: a caller who goes stops both', { timeout }, async () => {
  const { model, first, second } = await setUp(
    'hedge-gone',
    { upstreamModel: 'stall-before' },
    { upstreamModel: 'stall-before' },
  )
  const gone = new AbortController()
  const call = customer.chat({ model, provider: { hedge: 20 } }, { signal: gone.signal }).catch(() => undefined)
  await eventually('both are asked', () => first.requests.length === 1 && second.requests.length === 1)
  gone.abort()
  await Promise.all([call, first.waitFor('cancelled'), second.waitFor('cancelled')])
})

test(
  'no more calls at once than the operator allows; the rest go elsewhere, or are told to come again',
  { timeout },
  async () => {
    const busy = await setUp('busy', { upstreamModel: 'slow-trickle', facts: { concurrency_max: 1 } })
    const gone = new AbortController()
    const stream = customer.chat({ model: busy.model, stream: true }, { signal: gone.signal }).catch(() => undefined)
    await eventually('the first is asked', () => busy.first.requests.length === 1)
    equal((await busy.chat()).status, 200)
    deepEqual([busy.first.requests.length, busy.second.requests.length], [1, 1])
    gone.abort()
    await stream
    const alone = await setUp('minute', { facts: { requests_per_minute_max: 2 } }, 'alone')
    deepEqual([(await alone.chat()).status, (await alone.chat()).status], [200, 200])
    const refused = await alone.chat()
    deepEqual([refused.status, at(refused.json, 'error.code')], [429, 'rate_limit_exceeded'])
    const seconds = Number(refused.headers.get('retry-after'))
    ok(seconds >= 1 && seconds <= 61, String(seconds))
  },
)

test('an offer that keeps several calls waiting is passed over, long before a time-out', { timeout }, async () => {
  const { model, first, second, chat } = await setUp('silent')
  equal((await chat()).status, 200)
  first.enqueue('stall-before', 'stall-before', 'stall-before')
  const gone = new AbortController()
  const waiting = [1, 2, 3].map(() => customer.chat({ model }, { signal: gone.signal }).catch(() => undefined))
  await eventually('three wait', () => first.requests.length === 4)
  await sleep(2_500)
  equal((await chat()).status, 200)
  deepEqual([first.requests.length, second.requests.length], [4, 1])
  gone.abort()
  await Promise.all(waiting)
})

test('an offer whose streams have come to begin late is passed over', { timeout }, async () => {
  const { first, second, chat } = await setUp('late')
  for (let call = 0; call < 40; call++) equal((await chat({ stream: true })).status, 200)
  first.enqueue(...Array.from({ length: 8 }, () => ({ before: { waitMs: 2_500 } })))
  const late = await Promise.all(Array.from({ length: 8 }, () => chat({ stream: true })))
  deepEqual([...new Set(late.map(({ status }) => status))], [200])
  equal((await chat({ stream: true })).status, 200)
  deepEqual([first.requests.length, second.requests.length], [48, 1])
})

test('when everything fails, extra attempts stay within the budget', { timeout }, async () => {
  const { first, second, chat } = await setUp(
    'doom',
    { upstreamModel: 'server-error' },
    { upstreamModel: 'server-error' },
  )
  const calls = 150
  const answers = await Promise.all(Array.from({ length: calls }, () => chat()))
  deepEqual([...new Set(answers.map(({ status }) => status))], [502])
  const asked = first.requests.length + second.requests.length
  ok(asked >= calls && asked <= calls * 1.2 + 50, `${asked} requests for ${calls} calls`)
  equal((await customer.balance()).held, '0')
})

test(
  'a conversation stays with the offer that has it in its cache; by default others are drawn by price',
  { timeout },
  async () => {
    const prices = { input: '1', output: '2', cached_input: '0.1' }
    const { model, first, second } = await setUp('sticky', { prices }, { prices })
    const { url } = await stage.startSibling({ REDPILL_ROUTE_ORDER: 'balance' })
    const there = stage.at(url, customer)
    const ask = (content: string) => there.chat({ model, messages: [{ role: 'user', content }] })
    for (let turn = 0; turn < 12; turn++) await ask('The same beginning')
    deepEqual(
      [first.requests.length, second.requests.length].toSorted((a, b) => a - b),
      [0, 12],
    )
    for (let other = 0; other < 40; other++) await ask(`Conversation ${other}`)
    ok(first.requests.length > 0 && second.requests.length > 0, 'equal offers share what is new')
  },
)

test('the ledger reconciles after all of it', { timeout }, () => stage.reconcile())
