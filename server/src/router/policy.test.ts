import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noPolicy, type OfferHealth, type RoutingPolicy } from './index.ts'
import { idsOf, planAmong, testModel, type TestOffer } from './test/offers.ts'

const priced = (id: string, nano: bigint, more: Partial<TestOffer> = {}): TestOffer => ({
  id,
  prices: { input: nano, output: nano },
  ...more,
})

const policy = (wanted: Partial<RoutingPolicy>) => ({ policy: { ...noPolicy, ...wanted } })

const abc = [priced('a', 3n), priced('b', 2n), priced('c', 1n)]

test('order comes first and the rest by price; without fallbacks there is no rest', () => {
  assert.deepEqual(idsOf(planAmong(abc, policy({ order: ['b', 'nobody', 'a'] }))), ['b', 'a', 'c'])
  assert.deepEqual(idsOf(planAmong(abc, policy({ order: ['b', 'a'], allowFallbacks: false }))), ['b', 'a'])
  assert.deepEqual(idsOf(planAmong(abc, policy({ allowFallbacks: false }))), ['c'])
})

test('only, ignore and the forced provider leave whom they name, and nobody is told with the reason of each', () => {
  assert.deepEqual(idsOf(planAmong(abc, policy({ only: ['a', 'b'] }))), ['b', 'a'])
  assert.deepEqual(idsOf(planAmong(abc, policy({ only: ['a', 'b'], ignore: ['b'] }))), ['a'])
  assert.deepEqual(idsOf(planAmong(abc, policy({ forced: 'a' }))), ['a'])
  const nobody = planAmong(abc, policy({ only: ['a'], ignore: ['a'] }))
  assert.deepEqual(nobody.kind === 'ruled-out' && nobody.excluded.map(({ offer, why }) => [offer.id, why]), [
    ['a', 'in provider.ignore'],
    ['b', 'not in provider.only'],
    ['c', 'not in provider.only'],
  ])
})

test("OpenRouter's names mean who speaks to that provider, unless somebody here is called so", () => {
  const clouds = [
    priced('claude', 1n, { dialect: 'anthropic' }),
    priced('aws-eu', 2n, { dialect: 'bedrock', facts: { region: 'eu-west-1' } }),
    priced('aws-us', 3n, { dialect: 'bedrock', facts: { region: 'us-east-1' } }),
    priced('gcp', 4n, { dialect: 'vertex' }),
    priced('studio', 5n, { dialect: 'gemini' }),
    priced('gpt', 6n, { dialect: 'openai' }),
    priced('gpt-pro', 7n, { dialect: 'openai-responses' }),
    priced('microsoft', 8n, { dialect: 'azure' }),
  ]
  const only = (name: string, offers = clouds) => idsOf(planAmong(offers, policy({ only: [name] })))
  for (const [name, ids] of Object.entries({
    anthropic: ['claude'],
    'amazon-bedrock': ['aws-eu', 'aws-us'],
    'Amazon Bedrock': ['aws-eu', 'aws-us'],
    'amazon-bedrock/us-east-1': ['aws-us'],
    'google-vertex': ['gcp'],
    'google-ai-studio': ['studio'],
    google: ['gcp', 'studio'],
    openai: ['gpt', 'gpt-pro'],
    azure: ['microsoft'],
  }))
    assert.deepEqual(only(name), ids, name)
  for (const name of ['amazon-bedrock/eu', 'together', 'constructor']) assert.deepEqual(only(name), ['ruled-out'], name)
  const order = policy({ order: ['google-vertex', 'amazon-bedrock'], allowFallbacks: false })
  assert.deepEqual(idsOf(planAmong(clouds, order)), ['gcp', 'aws-eu', 'aws-us'])
  const named = [priced('openai', 1n, { dialect: 'openai' }), priced('proxy', 2n, { dialect: 'openai' })]
  assert.deepEqual([only('openai', named), only('OpenAI', named)], [['openai'], ['openai']])
})

test('a name means all places of a provider, and one with its region or weights that one', () => {
  const places = [
    priced('p', 1n, { facts: { region: 'eu-west-1', quantization: 'fp8' } }),
    priced('prefix', 2n, { facts: { region: 'eu-west-1' } }),
  ]
  const only = (name: string) => idsOf(planAmong(places, policy({ only: [name] })))
  assert.deepEqual(
    [only('p'), only('p/eu-west-1'), only('p/fp8'), only('p/us'), only('prefix/eu-west-1')],
    [['p'], ['p'], ['p'], ['ruled-out'], ['prefix']],
  )
})

test('what keeps prompts, trains on them, or has other weights is left out; of whom nobody said counts as the worse', () => {
  const offers = [
    priced('unknown', 1n),
    priced('private', 3n, { facts: { keepsNothing: true, collectsData: false, quantization: 'bf16' } }),
    priced('keeps', 2n, { facts: { collectsData: false, quantization: 'fp8' } }),
  ]
  const left = (wanted: Partial<RoutingPolicy>) => idsOf(planAmong(offers, policy(wanted)))
  assert.deepEqual(left({ zdr: true }), ['private'])
  assert.deepEqual(left({ denyDataCollection: true }), ['keeps', 'private'])
  assert.deepEqual(left({ quantizations: ['fp8'] }), ['keeps'])
  assert.deepEqual(left({ quantizations: ['unknown', 'bf16'] }), ['unknown', 'private'])
})

test('a provider that routes among upstreams of its own is trusted with these conditions', () => {
  const offers = [priced('router', 1n, { dialect: 'openrouter' }), priced('plain', 1n)]
  assert.deepEqual(idsOf(planAmong(offers, policy({ zdr: true, quantizations: ['fp8'] }))), ['router'])
})

test('required parameters leave out offers that are not known to take them', () => {
  const offers = [priced('a', 1n), priced('b', 2n, { capabilities: { seed: true } })]
  const models = [testModel('m/x', { supportedParameters: ['temperature'] })]
  const asked = { parameters: ['model', 'messages', 'temperature', 'seed'] }
  assert.deepEqual(idsOf(planAmong(offers, asked, { models })), ['a', 'b'])
  assert.deepEqual(idsOf(planAmong(offers, { ...asked, ...policy({ requireParameters: true }) }, { models })), ['b'])
})

test('where nothing is known of a model, required parameters leave those who translate them or look themselves', () => {
  const offers = [
    priced('unknown', 1n),
    priced('by-hand', 2n, { capabilities: { tools: true } }),
    priced('native', 3n, { dialect: 'anthropic' }),
    priced('router', 4n, { dialect: 'openrouter' }),
  ]
  const required = policy({ requireParameters: true })
  const plain = { parameters: ['model', 'messages', 'max_tokens', 'stream'] }
  assert.deepEqual(idsOf(planAmong(offers, { ...plain, ...required })), ['unknown', 'by-hand', 'native', 'router'])
  const tools = { parameters: [...plain.parameters, 'tools'] }
  assert.deepEqual(idsOf(planAmong(offers, { ...tools, ...required })), ['by-hand', 'native', 'router'])
})

test('suffixes sort, or leave what is free, unless a model of that very id exists', () => {
  const offers = [
    priced('slow', 1n, { health: { tokensPerSecond: () => 10 } }),
    priced('fast', 5n, { health: { tokensPerSecond: () => 90 } }),
    priced('gift', 0n, { health: { tokensPerSecond: () => 1 } }),
  ]
  const named = (model: string) => idsOf(planAmong(offers, { model }))
  assert.deepEqual(named('m/x:nitro'), ['fast', 'slow', 'gift'])
  assert.deepEqual(named('m/x:floor'), ['gift', 'slow', 'fast'])
  assert.deepEqual(named('m/x:free'), ['gift'])
  assert.deepEqual(named('m/x:huge'), ['model-not-found'])
  const literal = planAmong(
    [{ ...priced('own', 9n), model: 'm/x:free' }],
    { model: 'm/x:free' },
    {
      models: [testModel('m/x'), testModel('m/x:free')],
    },
  )
  assert.deepEqual(idsOf(literal), ['own'])
})

test('sorted by latency or throughput, an offer of which nothing is known is asked first, by one call at a time', () => {
  const known = (id: string, ms: number) => priced(id, 1n, { health: { firstByteMs: () => ms } })
  const busy = priced('busy', 1n, { health: { open: () => 1 } })
  const all = [known('slow', 900), known('quick', 100), priced('new', 9n), busy]
  assert.deepEqual(idsOf(planAmong(all, policy({ sort: 'latency' }))), ['new', 'quick', 'slow', 'busy'])
})

test('sorted by latency or throughput, each failure in a hundred calls weighs like a tenth of the wait; sorted by price, nothing', () => {
  const offer = (id: string, price: bigint, ms: number, failed: number) =>
    priced(id, price, {
      health: { firstByteMs: () => ms, tokensPerSecond: () => 10_000 / ms, failedPart: () => failed },
    })
  const all = [offer('quick', 1n, 100, 0.1), offer('slower', 2n, 190, 0), offer('slowest', 3n, 210, 0)]
  for (const sort of ['latency', 'throughput'] as const)
    assert.deepEqual(idsOf(planAmong(all, policy({ sort }))), ['slower', 'quick', 'slowest'], sort)
  assert.deepEqual(idsOf(planAmong(all, policy({ sort: 'price' }))), ['quick', 'slower', 'slowest'])
})

test('an offer that misses a preferred percentile comes after those that meet it, and is not left out', () => {
  const offers = [
    priced('cheap', 1n, { health: { firstByteMs: (percentile) => (percentile === 'p99' ? 9_000 : 100) } }),
    priced('dear', 9n, { health: { firstByteMs: () => 500 } }),
  ]
  assert.deepEqual(idsOf(planAmong(offers, policy({ latencyWishMs: { p50: 1_000 } }))), ['cheap', 'dear'])
  assert.deepEqual(idsOf(planAmong(offers, policy({ latencyWishMs: { p50: 1_000, p99: 2_000 } }))), ['dear', 'cheap'])
})

test('fallback models follow the first, each with its offers, or all offers stand in one order', () => {
  const models = [testModel('m/x'), testModel('m/y')]
  const offers = [priced('x1', 9n), priced('x2', 8n), { ...priced('y1', 1n), model: 'm/y' }]
  const list = (wanted: Partial<RoutingPolicy>) =>
    idsOf(planAmong(offers, policy({ fallbackModels: ['m/y', 'm/x', 'nothing'], ...wanted }), { models }))
  assert.deepEqual(list({}), ['x2', 'x1', 'y1'])
  assert.deepEqual(list({ mixModels: true, sort: 'price' }), ['y1', 'x2', 'x1'])
  assert.deepEqual(idsOf(planAmong(offers, { model: 'gone', ...policy({ fallbackModels: ['m/y'] }) }, { models })), [
    'y1',
  ])
})

test('what fails lately or is at its limit is asked last, the last one included, and what is full is not asked', () => {
  const standing = (kind: 'ejected' | 'limited') => ({ standing: () => ({ kind, untilMs: 9 }) }) as const
  const offers = [
    priced('limited', 1n, { health: standing('limited') }),
    priced('ejected', 2n, { health: standing('ejected') }),
    priced('well', 9n),
    priced('full', 1n, { health: { fullForSeconds: () => 7 } }),
  ]
  const plan = planAmong(offers)
  assert.deepEqual(idsOf(plan), ['well', 'ejected', 'limited'])
  assert.deepEqual(plan.kind === 'planned' && plan.attempts.map(({ reason }) => reason), [
    'cheapest',
    'failed lately',
    'at its rate limit',
  ])
  assert.deepEqual(idsOf(planAmong([offers[1]!])), ['ejected'])
  const full = planAmong([offers[3]!])
  assert.deepEqual(full.kind === 'full' && full.retryAfterSeconds, 7)
})

test('a prompt whose bound is above a context is counted before anybody is left out', () => {
  const models = [testModel('m/x', { contextLength: 1_000 })]
  const offers = [priced('short', 1n), priced('shorter', 1n, { facts: { contextLength: 400 } })]
  const plan = (call: object) => planAmong(offers, { outputTokensBound: 0, ...call }, { models })
  assert.deepEqual(idsOf(plan({ promptTokensBound: 300 })), ['short', 'shorter'])
  assert.deepEqual(idsOf(plan({ promptTokensBound: 500 })), ['uncounted'])
  assert.deepEqual(idsOf(plan({ promptTokensBound: 500, promptTokensCounted: 200 })), ['short', 'shorter'])
  assert.deepEqual(idsOf(plan({ promptTokensBound: 900, promptTokensCounted: 500 })), ['short'])
  const tooLong = plan({ promptTokensBound: 9_000, promptTokensCounted: 2_000 })
  assert.deepEqual(tooLong, { kind: 'too-long', contextLength: 1_000, promptTokens: 2_000 })
  // Fits alone, but not with the output that is wanted: asked last.
  assert.deepEqual(idsOf(plan({ promptTokensBound: 300, outputTokensAsked: 200 })), ['short', 'shorter'])
  const long = [priced('near', 1n, { facts: { contextLength: 400 } }), priced('far', 9n)]
  const tight = planAmong(long, { promptTokensBound: 300, outputTokensAsked: 200, outputTokensBound: 200 }, { models })
  assert.deepEqual(idsOf(tight), ['far', 'near'])
})

test('a conversation stays where it was answered, unless that offer fails, or the caller gave an order', () => {
  const cached = (id: string, nano: bigint, more: Partial<TestOffer> = {}) =>
    priced(id, nano, { prices: { input: nano, output: nano, cached_input: 1n }, ...more })
  const offers = [cached('a', 2n), cached('b', 9n)]
  const plan = planAmong(offers, { pinnedOfferId: 'b' })
  assert.deepEqual(idsOf(plan), ['b', 'a'])
  assert.ok(plan.kind === 'planned' && plan.keepsConversation)
  assert.deepEqual(idsOf(planAmong(offers, { pinnedOfferId: 'b', ...policy({ order: ['a'] }) })), ['a', 'b'])
  const failing = [offers[0]!, cached('b', 9n, { health: { standing: () => ({ kind: 'ejected', untilMs: 1 }) } })]
  assert.deepEqual(idsOf(planAmong(failing, { pinnedOfferId: 'b' })), ['a', 'b'])
  const plain = planAmong([priced('a', 1n), priced('b', 1n)])
  assert.ok(plain.kind === 'planned' && !plain.keepsConversation, 'without a cheaper cache there is nothing to keep')
})

/** Who stands first in how many of 4,000 plans. */
function firstsOf(offers: readonly TestOffer[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (let at = 0; at < 4_000; at++) {
    const [first] = idsOf(planAmong(offers, {}, { defaultOrder: 'balance', chance: (at + 0.5) / 4_000 }))
    counts[first!] = (counts[first!] ?? 0) + 1
  }
  return counts
}

test('by default the first is drawn by 1/price², and of equal prices the one with less load', () => {
  const drawn = firstsOf([priced('one', 1n), priced('three', 3n)])
  assert.ok(Math.abs(drawn['one']! / 4_000 - 0.9) < 0.02, JSON.stringify(drawn))
  const loaded = firstsOf([priced('idle', 1n), priced('busy', 1n, { health: { load: () => 500 } })])
  assert.deepEqual(loaded, { idle: 4_000 })
  const three = firstsOf([priced('a', 1n), priced('b', 1n), priced('busiest', 1n, { health: { load: () => 500 } })])
  assert.equal(three['busiest'], undefined, 'the most loaded of equals is never the better of two')
  assert.deepEqual(firstsOf([priced('free', 0n), priced('dear', 5n)]), { free: 4_000 })
})

test('by default each failure in a hundred calls weighs like a tenth of the price, and of equal prices like a tenth of the load', () => {
  const failing = (part: number, more: Partial<OfferHealth> = {}) => ({ health: { failedPart: () => part, ...more } })
  const even = firstsOf([priced('failing', 1n, failing(0.1)), priced('twice as dear', 2n)])
  assert.ok(Math.abs(even['failing']! / 4_000 - 0.5) < 0.02, JSON.stringify(even))
  const equals = [
    priced('failing', 1n, failing(0.1, { load: () => 100 })),
    priced('well', 1n, { health: { load: () => 150 } }),
  ]
  assert.deepEqual(firstsOf(equals), { well: 4_000 })
})

const anyOffer = fc.record({
  input: fc.bigInt(0n, 100n),
  output: fc.bigInt(0n, 100n),
  request: fc.option(fc.bigInt(0n, 100n), { nil: undefined }),
  facts: fc.record({
    keepsNothing: fc.boolean(),
    collectsData: fc.boolean(),
    quantization: fc.constantFrom('fp8', 'int4', undefined),
  }),
  standing: fc.constantFrom('well', 'ejected', 'limited'),
  full: fc.boolean(),
  ms: fc.option(fc.integer({ min: 1, max: 9_000 }), { nil: undefined }),
})
const names = ['o0', 'o1', 'o2', 'o3', 'o4', 'o5']
const anyPolicy = fc.record({
  order: fc.subarray(names),
  only: fc.oneof(fc.constant([]), fc.subarray(names)),
  ignore: fc.subarray(names, { maxLength: 2 }),
  allowFallbacks: fc.boolean(),
  sort: fc.constantFrom(undefined, 'price', 'latency', 'throughput'),
  zdr: fc.boolean(),
  denyDataCollection: fc.boolean(),
  quantizations: fc.constantFrom([], ['fp8'], ['unknown', 'int4']),
  maxPrice: fc.record({ input: fc.bigInt(0n, 100n), request: fc.bigInt(0n, 100n) }, { requiredKeys: [] }),
})

test('whatever is asked: nobody who was excluded, nobody above max_price, each once, and the same for equal arguments', () => {
  fc.assert(
    fc.property(
      fc.array(anyOffer, { minLength: 1, maxLength: 6 }),
      anyPolicy,
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.constantFrom('balance' as const, 'price' as const),
      (drawn, wanted, chance, defaultOrder) => {
        const offers = drawn.map(({ input, output, request, facts, standing, full, ms }, at): TestOffer => ({
          ...{ id: names[at]!, facts, prices: { input, output, ...(request !== undefined && { request }) } },
          health: {
            standing: () => (standing === 'well' ? { kind: 'well' } : { kind: standing, untilMs: 1 }) as never,
            fullForSeconds: () => (full ? 1 : undefined),
            firstByteMs: () => ms,
            load: () => ms ?? 0,
          },
        }))
        const asked = policy(wanted as unknown as Partial<RoutingPolicy>)
        const plan = planAmong(offers, asked, { chance, defaultOrder })
        assert.deepEqual(planAmong(offers.toReversed(), asked, { chance, defaultOrder }), plan)
        if (plan.kind !== 'planned') return
        const ids = idsOf(plan)
        assert.equal(new Set(ids).size, ids.length)
        for (const { offer, prices } of plan.attempts) {
          assert.ok(wanted.only.length === 0 || (wanted.only as readonly string[]).includes(offer.id))
          assert.ok(!wanted.ignore.includes(offer.id))
          assert.ok(wanted.allowFallbacks || wanted.order.length === 0 || wanted.order.includes(offer.id))
          assert.ok(!wanted.zdr || offer.facts.keepsNothing)
          assert.ok(!wanted.denyDataCollection || !offer.facts.collectsData)
          for (const [name, most] of Object.entries(wanted.maxPrice) as ['input' | 'request', bigint][])
            assert.ok((prices[name]?.perMillion ?? 0n) <= most)
          assert.ok(!drawn[names.indexOf(offer.id)]!.full)
        }
        const kinds = plan.attempts.map(({ offer }) => drawn[names.indexOf(offer.id)]!.standing)
        const ranks = kinds.map((kind) => ['well', 'ejected', 'limited'].indexOf(kind))
        assert.deepEqual(
          ranks,
          ranks.toSorted((a, b) => a - b),
          'what is well comes first',
        )
      },
    ),
    { numRuns: 1_000 },
  )
})
