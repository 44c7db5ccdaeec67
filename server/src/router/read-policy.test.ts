import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../core/json.ts'
import { noPolicy, readPolicy } from './index.ts'

const read = (body: JsonObject, headers: Readonly<Record<string, string>> = {}) =>
  readPolicy(body, (name) => headers[name])

function policyOf(provider: JsonValue, more: JsonObject = {}, headers: Readonly<Record<string, string>> = {}) {
  const result = read({ model: 'm', provider, ...more }, headers)
  return result.kind === 'read' ? result.policy : assert.fail(result.message)
}

test('a request that says nothing of routing has the one policy that asks for nothing', () => {
  const result = read({ model: 'm', messages: [] })
  assert.ok(result.kind === 'read' && result.policy === noPolicy)
  assert.deepEqual(policyOf(null, { models: null }), noPolicy)
  assert.deepEqual(policyOf({ sort: null, order: null, max_price: { prompt: null } }), noPolicy)
})

test('every field of the provider block is read in the words of OpenRouter', () => {
  const policy = policyOf({
    ...{ order: ['Together', 'deepinfra/fp8'], only: ['A'], ignore: ['b'], allow_fallbacks: false },
    ...{ require_parameters: true, data_collection: 'deny', zdr: true, quantizations: ['fp8', 'unknown'] },
    ...{ sort: { by: 'throughput', partition: 'none' }, preferred_min_throughput: 50 },
    ...{ preferred_max_latency: { p50: 1, p99: 2.5 }, hedge: 800, enforce_distillable_text: false },
    max_price: { prompt: 1, completion: '2.5', request: 0.01, image: '0.002', audio: 1e-9 },
  })
  assert.deepEqual(policy, {
    ...noPolicy,
    ...{ order: ['together', 'deepinfra/fp8'], only: ['a'], ignore: ['b'], allowFallbacks: false },
    ...{ requireParameters: true, denyDataCollection: true, zdr: true, quantizations: ['fp8', 'unknown'] },
    ...{ sort: 'throughput', mixModels: true, throughputWish: { p50: 50 } },
    ...{ latencyWishMs: { p50: 1_000, p99: 2_500 }, hedgeMs: 800 },
    maxPrice: {
      input: 1_000_000_000n,
      output: 2_500_000_000n,
      request: 10_000_000_000_000n,
      image: 2_000_000_000_000n,
      audio_input: 1n,
    },
  })
})

test('headers force a provider and hedge, and the list of models is read without the first and without repetitions', () => {
  const headers = { 'x-redpill-provider': ' Together ', 'x-redpill-hedge': '250' }
  const policy = policyOf({ hedge: 900 }, { models: ['m', 'b', 'c', 'b'] }, headers)
  assert.deepEqual([policy.forced, policy.hedgeMs, policy.fallbackModels], ['together', 250, ['b', 'c']])
})

const malformed: readonly (readonly [JsonObject, string])[] = [
  [{ provider: 'together' }, 'provider'],
  [{ provider: ['together'] }, 'provider'],
  [{ provider: { onyl: ['a'] } }, 'provider.onyl'],
  [{ provider: { __proto__: null, constructor: 1 } }, 'provider.constructor'],
  [{ provider: { order: 'a' } }, 'provider.order'],
  [{ provider: { order: ['a', 1] } }, 'provider.order[1]'],
  [{ provider: { only: [''] } }, 'provider.only[0]'],
  [{ provider: { allow_fallbacks: 'no' } }, 'provider.allow_fallbacks'],
  [{ provider: { sort: 'beauty' } }, 'provider.sort'],
  [{ provider: { sort: { by: 'beauty' } } }, 'provider.sort.by'],
  [{ provider: { sort: { thereafter: 'price' } } }, 'provider.sort.thereafter'],
  [{ provider: { data_collection: 'maybe' } }, 'provider.data_collection'],
  [{ provider: { quantizations: ['fp7'] } }, 'provider.quantizations[0]'],
  [{ provider: { max_price: 1 } }, 'provider.max_price'],
  [{ provider: { max_price: { prompt: -1 } } }, 'provider.max_price.prompt'],
  [{ provider: { max_price: { prompt: '1e-3' } } }, 'provider.max_price.prompt'],
  [{ provider: { max_price: { tokens: 1 } } }, 'provider.max_price.tokens'],
  [{ provider: { preferred_max_latency: { p42: 1 } } }, 'provider.preferred_max_latency.p42'],
  [{ provider: { preferred_min_throughput: '50' } }, 'provider.preferred_min_throughput'],
  [{ provider: { hedge: 0 } }, 'provider.hedge'],
  [{ provider: { enforce_distillable_text: true } }, 'provider.enforce_distillable_text'],
  [{ models: 'm' }, 'models'],
  [{ models: [1] }, 'models[0]'],
  [{ models: Array.from({ length: 11 }, (_, at) => `m${at}`) }, 'models'],
]

for (const [body, param] of malformed) {
  test(`${JSON.stringify(body).slice(0, 80)} is refused, and ${param} named`, () => {
    const result = read({ model: 'm', ...body })
    assert.deepEqual([result.kind, result.kind === 'invalid' && result.param], ['invalid', param])
  })
}

test('a malformed header is refused by its name', () => {
  const result = read({ model: 'm' }, { 'x-redpill-hedge': 'soon' })
  assert.equal(result.kind === 'invalid' && result.param, 'x-redpill-hedge')
})

test('no JSON makes the reader fail: it is read, or refused with the field', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (provider, models) => {
      const result = read({ model: 'm', provider: provider as JsonValue, models: models as JsonValue })
      assert.ok(result.kind === 'read' || /^(provider|models)/.test(result.param))
    }),
    { numRuns: 500 },
  )
})

test('a price cap given as a number means that number exactly', () => {
  fc.assert(
    fc.property(fc.nat(1_000_000_000), (nano) => {
      const [asNumber, asText] = [nano / 1e9, (nano / 1e9).toFixed(9)]
      const capOf = (prompt: JsonValue) => policyOf({ max_price: { prompt } }).maxPrice.input
      assert.equal(capOf(asNumber), BigInt(nano))
      assert.equal(capOf(asText), BigInt(nano))
    }),
  )
})
