import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nanoUsdPerMillion } from '../core/money.ts'
import { buildSnapshot, type Model, noFacts, type Offer, type Price } from '../catalog/index.ts'
import { billOf, type UnitClass, unitClasses } from '../credits/index.ts'
import { judgesText, writesText } from '../providers/index.ts'
import {
  boundOf,
  type CallFeatures,
  type HealthView,
  noPolicy,
  planCall,
  type PlannedAttempt,
  type Surroundings,
} from './index.ts'

const model: Model = {
  id: 'm/x',
  aliases: ['alias'],
  name: 'X',
  description: '',
  contextLength: undefined,
  outputTokensMax: undefined,
  inputModalities: ['text'],
  outputModalities: ['text'],
  supportedParameters: [],
  disabled: false,
  createdAt: new Date(0),
}

const offer = (id: string, more: Partial<Offer> = {}): Offer => ({
  id,
  modelId: model.id,
  providerId: `provider of ${id}`,
  providerName: `provider-of-${id}`,
  upstreamModel: 'x',
  providerShareBps: 10_000,
  capabilities: {},
  dialect: 'compatible',
  facts: noFacts,
  ownFacts: {},
  disabled: false,
  available: true,
  ...more,
})

const prices = (offerId: string | undefined, perMillion: Partial<Record<UnitClass, bigint>>, validFrom = 0): Price[] =>
  Object.entries(perMillion).map(([name, nano]) => ({
    id: `${offerId} ${name} ${validFrom}`,
    modelId: model.id,
    offerId,
    class: name as UnitClass,
    perMillion: nanoUsdPerMillion(nano),
    validFrom: new Date(validFrom),
    source: 'list',
  }))

const call: CallFeatures = {
  endpoint: 'chat',
  model: model.id,
  promptTokensBound: 1_000_000,
  outputTokensBound: 1_000_000,
  requestsBound: 1,
  parameters: [],
  inputModalities: ['text'],
  policy: noPolicy,
}

const nothingKnown: HealthView = { of: () => undefined }

const planAt = (
  features: CallFeatures,
  snapshot: Surroundings['snapshot'],
  nowMs: number,
  more: Partial<Surroundings> = {},
) =>
  planCall(features, {
    ...{ snapshot, nowMs, monotonicMs: 0, chance: 0.5 },
    ...{ health: nothingKnown, defaultOrder: 'price' },
    ...more,
  })

function order(
  features: CallFeatures,
  contents: Partial<Parameters<typeof buildSnapshot>[0]>,
  nowMs = 1,
): readonly string[] {
  const plan = planAt(features, buildSnapshot({ models: [model], offers: [], prices: [], ...contents }), nowMs)
  return plan.kind === 'planned' ? plan.attempts.map((attempt) => attempt.offer.id) : [plan.kind]
}

test('offers are tried cheapest first for this call, equals by id', () => {
  const offers = [offer('c'), offer('b'), offer('a')]
  const reads = prices('a', { input: 9n, output: 1n })
  const writes = [...prices('b', { input: 1n, output: 9n }), ...prices('c', { input: 1n, output: 9n })]
  const all = { offers, prices: [...reads, ...writes] }
  assert.deepEqual(order({ ...call, outputTokensBound: 0 }, all), ['b', 'c', 'a'])
  assert.deepEqual(order({ ...call, promptTokensBound: 0 }, all), ['a', 'b', 'c'])
  assert.deepEqual(order(call, all), ['a', 'b', 'c'])
})

test('at most eight offers are tried, the cheapest', () => {
  const ids = Array.from({ length: 10 }, (_, at) => String(at))
  const each = ids.flatMap((id) => prices(id, { input: BigInt(10 - Number(id)), output: 0n }))
  const tried = order(call, { offers: ids.map((id) => offer(id)), prices: each })
  assert.deepEqual(tried, ['9', '8', '7', '6', '5', '4', '3', '2'])
})

test('the plan gives each attempt its bound and its reason', () => {
  const offers = [offer('a'), offer('b')]
  const snapshot = buildSnapshot({
    models: [model],
    offers,
    prices: [...prices('a', { input: 3n, output: 4n }), ...prices('b', { input: 1n, output: 1n, request: 2_000_000n })],
  })
  const plan = planAt(call, snapshot, 1)
  assert.equal(plan.kind, 'planned')
  assert.deepEqual(
    plan.attempts.map(({ offer: { id }, bound, reason }) => [id, bound, reason]),
    [
      ['b', 4n, 'cheapest'],
      ['a', 7n, 'next by price'],
    ],
  )
  assert.equal(plan.attempts[0].prices.input?.perMillion, 1n)
})

test('a model that does not exist, or is disabled, is not found', () => {
  assert.deepEqual(order({ ...call, model: 'nothing' }, {}), ['model-not-found'])
  assert.deepEqual(order(call, { models: [{ ...model, disabled: true }] }), ['model-not-found'])
})

test('without an offer that is on, nothing serves the model', () => {
  const all = { prices: prices(undefined, { input: 1n, output: 1n }) }
  assert.deepEqual(order(call, all), ['no-offer'])
  assert.deepEqual(
    order(call, { ...all, offers: [offer('a', { disabled: true }), offer('b', { available: false })] }),
    ['no-offer'],
  )
})

test('an offer that lacks what the call asks for is not tried; when all lack it, the call is told what', () => {
  const offers = [
    offer('no tools', { capabilities: { tools: false } }),
    offer('deaf', { capabilities: { audio_input: false } }),
    offer('embedder', { capabilities: { chat: false } }),
    offer('able', { capabilities: { tools: true } }),
  ]
  const all = { offers, prices: prices(undefined, { input: 1n, output: 1n, audio_input: 1n }) }
  assert.deepEqual(order({ ...call, parameters: ['temperature', 'tools'] }, all), ['able', 'deaf'])
  assert.deepEqual(order({ ...call, inputModalities: ['text', 'audio'] }, all), ['able', 'no tools'])
  assert.deepEqual(order({ ...call, endpoint: 'embeddings' }, all), ['able', 'deaf', 'embedder', 'no tools'])
  assert.deepEqual(order({ ...call, parameters: ['constructor', '__proto__'] }, all), ['able', 'deaf', 'no tools'])

  const told = (at: number, features: CallFeatures) => {
    const plan = planAt(features, buildSnapshot({ models: [model], ...all, offers: [offers[at]!] }), 1)
    return plan.kind === 'incapable' && [plan.parameter, plan.why]
  }
  assert.deepEqual(told(0, { ...call, parameters: ['tools'] }), ['tools', 'm/x does not take tools'])
  assert.deepEqual(told(1, { ...call, inputModalities: ['audio'] }), ['messages', 'm/x does not take audio input'])
  assert.deepEqual(told(2, call), ['model', 'm/x does not serve chat'])
})

test('an offer without a price for a class that the call uses is left out; the call is refused only when all are', () => {
  const offers = [offer('a'), offer('b')]
  const half = prices('a', { input: 1n })
  assert.deepEqual(order(call, { offers, prices: [...half, ...prices('b', { input: 9n, output: 9n })] }), ['b'])
  assert.deepEqual(order({ ...call, endpoint: 'embeddings' }, { offers, prices: half }), ['a'])
  const unpriced = (features: CallFeatures, all: Price[]) => {
    const plan = planAt(features, buildSnapshot({ models: [model], offers, prices: all }), 1)
    return plan.kind === 'unpriced' && plan.classes
  }
  assert.deepEqual(unpriced(call, []), ['input', 'output'])
  assert.deepEqual(unpriced(call, half), ['input', 'output'])
  const text = prices(undefined, { input: 1n, output: 1n })
  assert.deepEqual(unpriced({ ...call, inputModalities: ['audio'] }, text), ['audio_input'])
  assert.deepEqual(unpriced({ ...call, parameters: ['audio'] }, text), ['audio_output'])
})

test('a price counts from its moment: before it the model is unpriced, after it a new price decides the order', () => {
  const offers = [offer('a'), offer('b')]
  const all = {
    offers,
    prices: [
      ...prices('a', { input: 5n, output: 5n }, 10),
      ...prices('b', { input: 9n, output: 9n }, 10),
      ...prices('b', { input: 1n, output: 1n }, 20),
    ],
  }
  assert.deepEqual(
    [9, 10, 19, 20].map((ms) => order(call, all, ms)),
    [['unpriced'], ['a', 'b'], ['a', 'b'], ['b', 'a']],
  )
})

const anyPrices = fc.dictionary(fc.constantFrom(...unitClasses), fc.bigInt(0n, 10n ** 12n)) as fc.Arbitrary<
  Partial<Record<UnitClass, bigint>>
>
const anyOffers = fc.array(
  fc.record({
    prices: anyPrices,
    disabled: fc.boolean(),
    available: fc.boolean(),
    capabilities: fc.dictionary(fc.constantFrom('tools', 'chat', 'embeddings', 'audio_input'), fc.boolean()),
  }),
  { maxLength: 14 },
)
const anyCall = fc.record({
  endpoint: fc.constantFrom('chat', 'completions', 'embeddings', 'rerank', 'moderations'),
  model: fc.constantFrom('m/x', 'alias', 'x', 'M/X'),
  promptTokensBound: fc.nat(10_000_000),
  outputTokensBound: fc.nat(1_000_000),
  requestsBound: fc.integer({ min: 1, max: 100 }),
  parameters: fc.subarray(['tools', 'temperature', 'audio']),
  inputModalities: fc.subarray(['text', 'image', 'audio']),
  policy: fc.constant(noPolicy),
}) as fc.Arbitrary<CallFeatures>

test('what judges texts needs a price for its input or for its requests, and is bounded by every price that it has', () => {
  for (const endpoint of ['rerank', 'moderations'] as const) {
    const features: CallFeatures = { ...call, endpoint, promptTokensBound: 1_000, requestsBound: 3 }
    const bound = (perMillion: Partial<Record<UnitClass, bigint>>) =>
      boundOf(
        features,
        buildSnapshot({ models: [model], offers: [], prices: prices(undefined, perMillion) }).listPrices(model.id, 1),
      )
    assert.deepEqual(bound({}), { kind: 'unpriced', classes: ['input'] })
    assert.deepEqual(bound({ output: 1n }), { kind: 'unpriced', classes: ['input'] })
    assert.deepEqual(bound({ input: 2_000_000n }), { kind: 'bound', bound: 2_000n })
    assert.deepEqual(bound({ request: 5_000_000n }), { kind: 'bound', bound: 15n })
    assert.deepEqual(bound({ input: 2_000_000n, request: 5_000_000n }), { kind: 'bound', bound: 2_015n })
    assert.deepEqual(bound({ request: 0n }), { kind: 'bound', bound: 0n }, 'free because somebody said so')
  }
})

test('every plan tries at most eight offers that are on, able and priced, in order of what the call may cost there', () => {
  fc.assert(
    fc.property(anyOffers, anyPrices, anyCall, (each, ofModel, features) => {
      const offers = each.map(({ disabled, available, capabilities }, at) =>
        offer(`o${String(at).padStart(2, '0')}`, { disabled, available, capabilities }),
      )
      const rows = [...prices(undefined, ofModel), ...each.flatMap((one, at) => prices(offers[at]!.id, one.prices))]
      const snapshot = buildSnapshot({ models: [model], offers, prices: rows })
      const plan = planAt(features, snapshot, 1)
      const shuffled = buildSnapshot({ models: [model], offers: offers.toReversed(), prices: rows.toReversed() })
      assert.deepEqual(
        planAt({ ...features, model: model.id }, shuffled, 1),
        plan,
        'the order of rows and the name used do not matter',
      )
      if (plan.kind !== 'planned') return
      assert.ok(plan.attempts.length <= 8)
      for (const [at, attempt] of plan.attempts.entries()) {
        const { disabled, available, capabilities } = attempt.offer
        assert.ok(available && !disabled)
        for (const name of [features.endpoint, ...features.parameters]) assert.notEqual(capabilities[name], false)
        const bound = boundOf(features, snapshot.pricesOf(attempt.offer, 1))
        assert.deepEqual(bound, { kind: 'bound', bound: attempt.bound })
        const before: PlannedAttempt | undefined = plan.attempts[at - 1]
        if (before)
          assert.ok(
            before.bound < attempt.bound || (before.bound === attempt.bound && before.offer.id < attempt.offer.id),
          )
      }
    }),
    { numRuns: 500 },
  )
})

test('no call within its token bounds costs more than the bound, however its tokens fall into classes', () => {
  const share = fc.array(fc.nat(1_000), { minLength: 4, maxLength: 4 })
  fc.assert(
    fc.property(anyPrices, anyCall, share, share, (perMillion, features, promptSplit, outputSplit) => {
      const table = buildSnapshot({ models: [model], offers: [], prices: prices(undefined, perMillion) }).listPrices(
        model.id,
        1,
      )
      const bound = boundOf(features, table)
      if (bound.kind === 'unpriced') return
      const prompt = split(features.promptTokensBound, promptSplit)
      const output = split(features.outputTokensBound, outputSplit)
      const writes = writesText(features.endpoint)
      const judges = judgesText(features.endpoint)
      const hears = !judges && features.inputModalities.includes('audio')
      const bill = billOf(
        {
          input: judges && !table.input ? 0 : prompt[0]! + (hears ? 0 : prompt[3]!),
          ...(judges ? {} : { cached_input: prompt[1]!, cache_write: prompt[2]! }),
          ...(hears ? { audio_input: prompt[3]! } : {}),
          ...(writes ? { output: output[0]! + output[1]!, reasoning: output[2]! } : {}),
          ...(writes && features.parameters.includes('audio') ? { audio_output: output[3]! } : {}),
          request: features.requestsBound,
        },
        table,
      )
      assert.equal(bill.kind, 'billed')
      if (bill.kind === 'billed') assert.ok(bill.cost <= bound.bound, `${bill.cost} > ${bound.bound}`)
    }),
    { numRuns: 500 },
  )
})

/** Cuts a number into parts of these weights that together are at most the number. */
function split(total: number, weights: readonly number[]): readonly number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0) || 1
  return weights.map((weight) => Math.floor((total * weight) / sum))
}
