import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nanoUsdPerMillion } from '../core/money.ts'
import type { UnitClass } from '../credits/index.ts'
import { noFacts } from './facts.ts'
import { findModelItem, listModelItems } from './model-item.ts'
import { buildSnapshot } from './snapshot.ts'
import type { Model, Offer, Price } from './types.ts'

const model = (id: string, more: Partial<Model> = {}): Model => ({
  id,
  aliases: [],
  name: id,
  description: `All about ${id}.`,
  contextLength: 128_000,
  outputTokensMax: undefined,
  inputModalities: ['text', 'image'],
  outputModalities: ['text'],
  supportedParameters: ['tools'],
  disabled: false,
  createdAt: new Date('2026-11-22T12:00:00.900Z'),
  ...more,
})

const offer = (id: string, modelId: string, more: Partial<Offer> = {}): Offer => ({
  id,
  modelId,
  providerId: 'p',
  providerName: 'openai',
  upstreamModel: modelId,
  providerShareBps: 10_000,
  capabilities: {},
  dialect: 'compatible',
  facts: noFacts,
  ownFacts: {},
  disabled: false,
  available: true,
  ...more,
})

const price = (
  modelId: string,
  offerId: string | undefined,
  name: UnitClass,
  perMillion: bigint,
  source = 'list',
): Price => ({
  id: `${modelId} ${offerId} ${name} ${source}`,
  modelId,
  offerId,
  class: name,
  perMillion: nanoUsdPerMillion(perMillion),
  validFrom: new Date(0),
  source,
})

test('a model is found by id, by alias, by its name without the vendor, in either case', () => {
  const snapshot = buildSnapshot({
    models: [model('openai/gpt-4o', { aliases: ['best'] }), model('local/nano')],
    offers: [],
    prices: [],
  })
  for (const name of ['openai/gpt-4o', 'gpt-4o', 'best', 'OpenAI/GPT-4o', 'BEST', 'GPT-4O']) {
    assert.equal(snapshot.findModel(name)?.id, 'openai/gpt-4o', name)
  }
  for (const name of ['', 'gpt-4', 'openai/', '/gpt-4o', '__proto__', 'constructor']) {
    assert.equal(snapshot.findModel(name), undefined, name)
  }
})

test('a short name that means two models means neither, unless only one of them is served or on', () => {
  const models = [model('a/x'), model('b/x')]
  const named = (offers: readonly Offer[], all = models) =>
    buildSnapshot({ models: all, offers, prices: [] }).findModel('x')?.id
  assert.equal(named([]), undefined)
  assert.equal(named([offer('1', 'a/x'), offer('2', 'b/x')]), undefined)
  assert.equal(named([offer('1', 'a/x'), offer('2', 'b/x', { available: false })]), 'a/x')
  assert.equal(named([offer('1', 'a/x', { disabled: true }), offer('2', 'b/x')]), 'b/x')
  assert.equal(named([], [models[0]!, model('b/x', { disabled: true })]), 'a/x')
})

test('an alias goes before a short name, and an id before an alias', () => {
  const snapshot = buildSnapshot({
    models: [model('a/x'), model('b/y', { aliases: ['x'] }), model('x2'), model('c/z', { aliases: ['x2'] })],
    offers: [],
    prices: [],
  })
  assert.equal(snapshot.findModel('x')?.id, 'b/y')
  assert.equal(snapshot.findModel('x2')?.id, 'x2')
})

test("lists show the cheapest offer that can be used, and the operator's price before any", () => {
  const contents = {
    models: [model('a/x')],
    offers: [
      offer('dear', 'a/x'),
      offer('cheap', 'a/x'),
      offer('resting', 'a/x', { available: false }),
      offer('unpriced', 'a/x'),
    ],
    prices: [
      price('a/x', 'dear', 'input', 9n),
      price('a/x', 'cheap', 'input', 5n),
      price('a/x', 'resting', 'input', 1n),
    ],
  }
  assert.equal(buildSnapshot(contents).listPrices('a/x', 1).input?.perMillion, 5n)
  const prices = [...contents.prices, price('a/x', undefined, 'input', 7n, 'operator')]
  assert.equal(buildSnapshot({ ...contents, prices }).listPrices('a/x', 1).input?.perMillion, 7n)
  assert.deepEqual(buildSnapshot(contents).listPrices('no/such', 1), {})
})

test('a list item has the fields of OpenAI and OpenRouter, prices as decimal strings per unit, credits beside USD', () => {
  const snapshot = buildSnapshot({
    models: [model('openai/gpt-4o', { aliases: ['best'] })],
    offers: [offer('o', 'openai/gpt-4o')],
    prices: [
      price('openai/gpt-4o', 'o', 'input', 5_000_000_000n),
      price('openai/gpt-4o', 'o', 'output', 15_000_000_000n),
      price('openai/gpt-4o', 'o', 'cached_input', 2_500_000_000n),
    ],
  })
  assert.deepEqual(findModelItem(snapshot, 'best', 1), {
    id: 'openai/gpt-4o',
    object: 'model',
    created: 1_795_348_800,
    owned_by: 'openai',
    canonical_slug: 'openai/gpt-4o',
    name: 'openai/gpt-4o',
    description: 'All about openai/gpt-4o.',
    aliases: ['best'],
    context_length: 128_000,
    architecture: {
      modality: 'text+image->text',
      input_modalities: ['text', 'image'],
      output_modalities: ['text'],
      tokenizer: 'GPT',
      instruct_type: null,
    },
    pricing: { prompt: '0.000005', completion: '0.000015', request: '0', input_cache_read: '0.0000025' },
    pricing_credits: { prompt: '10', completion: '30', request: '0', input_cache_read: '5' },
    pricing_max: { prompt: '0.000005', completion: '0.000015', request: '0', input_cache_read: '0.0000025' },
    pricing_max_credits: { prompt: '10', completion: '30', request: '0', input_cache_read: '5' },
    top_provider: { context_length: 128_000, max_completion_tokens: null, is_moderated: false },
    per_request_limits: null,
    supported_parameters: ['tools'],
    providers: ['openai'],
    default_parameters: null,
  })
})

test('a list item tells the most that each class may cost, whichever offer answers', () => {
  const snapshot = buildSnapshot({
    models: [model('a/x')],
    offers: [offer('cheap', 'a/x'), offer('dear', 'a/x'), offer('off', 'a/x', { disabled: true })],
    prices: [
      price('a/x', 'cheap', 'input', 1_000_000_000n),
      price('a/x', 'cheap', 'output', 4_000_000_000n),
      price('a/x', 'cheap', 'cached_input', 500_000_000n),
      price('a/x', 'dear', 'input', 2_000_000_000n),
      price('a/x', 'dear', 'output', 3_000_000_000n),
      price('a/x', 'off', 'input', 9_000_000_000n),
    ],
  })
  const item = findModelItem(snapshot, 'a/x', 1)
  // Who has no price for cached input bills it as input.
  assert.deepEqual(item?.pricing_max, {
    ...{ prompt: '0.000002', completion: '0.000004', request: '0' },
    input_cache_read: '0.000002',
  })
  assert.deepEqual([item?.pricing.prompt, item?.pricing_max_credits.prompt], ['0.000001', '4'])
})

test('only models that can be called are listed: on, served and priced', () => {
  const snapshot = buildSnapshot({
    models: ['off', 'unserved', 'unpriced', 'half', 'embeds', 'good'].map((name) =>
      model(`m/${name}`, {
        disabled: name === 'off',
        outputModalities: name === 'embeds' ? ['embeddings'] : ['text'],
      }),
    ),
    offers: ['off', 'unpriced', 'half', 'embeds', 'good'].map((name) => offer(name, `m/${name}`)),
    prices: [
      price('m/off', undefined, 'input', 1n),
      price('m/off', undefined, 'output', 1n),
      price('m/unserved', undefined, 'input', 1n),
      price('m/unserved', undefined, 'output', 1n),
      price('m/half', undefined, 'input', 1n),
      price('m/embeds', undefined, 'input', 1n),
      price('m/good', undefined, 'input', 1n),
      price('m/good', 'good', 'output', 1n),
    ],
  })
  assert.deepEqual(
    listModelItems(snapshot, 1).map(({ id }) => id),
    ['m/embeds', 'm/good'],
  )
  assert.equal(findModelItem(snapshot, 'm/unpriced', 1), undefined)
})
