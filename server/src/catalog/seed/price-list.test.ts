import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { toUsdPerMillion } from '../../core/money.ts'
import { abilitiesOf } from './families.ts'
import { decimalText, edition, listedModel, listedModels, nanoPerMillion } from './price-list.ts'

const pricesOf = (providerId: string, name: string) => {
  const [listed] = listedModels(providerId, [name])
  return (
    listed &&
    listed.prices.map((price) => [
      price.class,
      toUsdPerMillion(price.perMillion),
      price.validFrom?.toISOString().slice(0, 10),
    ])
  )
}

test('a price is the decimal text of the list, not what a float makes of it', () => {
  assert.deepEqual(pricesOf('openai', 'gpt-4o'), [
    ['input', '2.5', undefined],
    ['cached_input', '1.25', undefined],
    ['output', '10', undefined],
  ])
  assert.deepEqual(pricesOf('openai', 'gpt-4o-mini'), [
    ['input', '0.15', undefined],
    ['cached_input', '0.075', undefined],
    ['output', '0.6', undefined],
  ])
  assert.deepEqual(pricesOf('openai', 'text-embedding-3-small'), [['input', '0.02', undefined]])
})

test('a dated snapshot of a model has the price that the list gives to it', () => {
  assert.deepEqual(pricesOf('openai', 'gpt-4o-2024-08-06'), pricesOf('openai', 'gpt-4o'))
  assert.deepEqual(pricesOf('google', 'models/gemini-2.0-flash')?.[0]?.[0], 'input')
  assert.equal(pricesOf('openai', 'no-such-model'), undefined)
  assert.deepEqual(listedModels('no-such-provider', undefined), [])
})

test('a price with a date counts from that date, the earlier one until then', () => {
  const prices = pricesOf('openai', 'o3')!.filter(([name]) => name === 'input')
  assert.deepEqual(prices, [
    ['input', '10', undefined],
    ['input', '2', '2025-06-10'],
  ])
})

test('a discount that a later edition no longer gives ends with that edition', () => {
  const listed = listedModel('x', {
    id: 'x',
    match: { equals: 'x' },
    prices: [
      { prices: { input_mtok: 2, cache_read_mtok: 1, output_mtok: 8 } },
      { constraint: { type: 'start_date', start_date: '2030-01-01' }, prices: { input_mtok: 3, output_mtok: 9 } },
    ],
  })
  const cached = listed!.prices.filter((price) => price.class === 'cached_input')
  assert.deepEqual(
    cached.map(({ perMillion, validFrom }) => [toUsdPerMillion(perMillion), validFrom?.getUTCFullYear()]),
    [
      ['1', undefined],
      ['3', 2030],
    ],
  )
})

test('of prices that change within the day the dearest is taken, and it is said', () => {
  const [listed] = listedModels('deepseek', ['deepseek-chat'])
  assert.deepEqual(
    pricesOf('deepseek', 'deepseek-chat')?.map(([name, usd]) => [name, usd]),
    [
      ['input', '0.27'],
      ['cached_input', '0.07'],
      ['output', '1.1'],
    ],
  )
  assert.deepEqual(listed?.remarks, ['the dearest price of the day'])
})

test('of prices in tiers the lowest is taken, and it is said how long a prompt they hold for', () => {
  const [listed] = listedModels('openai', ['gpt-5.4'])
  assert.equal(toUsdPerMillion(listed!.prices.find((price) => price.class === 'input')!.perMillion), '2.5')
  assert.equal(listed!.promptTokensPriced, 271_999)
  assert.ok(listed!.remarks.some((remark) => remark.includes('271999')))
  assert.equal(listedModels('openai', ['gpt-4o'])[0]!.promptTokensPriced, undefined)
})

test('what the list calls free is free by the request, and nothing else is for want of a price', () => {
  assert.deepEqual(pricesOf('openai', 'omni-moderation-2024-09-26'), [['request', '0', undefined]])
  const priceless = { id: 'x', match: { equals: 'x' }, prices: {} }
  assert.equal(listedModel('some-model', priceless), undefined)
})

test('models with prices that have no class here are left out whole, rather than sold below cost', () => {
  for (const [provider, name] of [
    ['openai', 'gpt-image-1'],
    ['openai', 'whisper-1'],
    ['mistral', 'mistral-ocr-latest'],
  ] as const) {
    assert.equal(pricesOf(provider, name), undefined, name)
  }
  assert.equal(pricesOf('openrouter', 'agentica-org/deepcoder-14b-preview:free'), undefined, 'without any price')
})

test("without the upstream's own list, the names of the price list that can be called are taken", () => {
  const names = listedModels('openai', undefined).map(({ upstreamModel }) => upstreamModel)
  assert.ok(names.includes('gpt-4o'))
  assert.ok(!names.includes('ft:gpt-4o'), 'a pattern, not a name')
  assert.ok(names.includes('omni-moderation-latest') && !names.includes('moderation'))
  assert.equal(new Set(names).size, names.length)
  const fireworks = listedModels('fireworks', undefined)
  assert.ok(fireworks.some(({ upstreamModel }) => upstreamModel === 'accounts/fireworks/models/deepseek-v3p2'))
  const google = listedModels('google', undefined).map(({ upstreamModel }) => upstreamModel)
  assert.ok(google.includes('gemini-2.0-flash'))
  assert.ok(!google.some((name) => name.startsWith('claude')), 'sold by Google, but not at this address')
})

test('the text of a float is exact: reading it back gives the float', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e15, noNaN: true, noDefaultInfinity: true }), (value) => {
      const text = decimalText(value)
      assert.match(text, /^\d+(\.\d+)?$/)
      assert.equal(Number(text), value)
    }),
  )
  const known = { '0.15': 0.15, '0.0000001': 1e-7, '0.00000012': 1.2e-7, '2000000000000000000000': 2e21 }
  for (const [text, value] of Object.entries(known)) assert.equal(decimalText(value), text)
})

test('what is finer than a nano-USD per million is rounded up', () => {
  assert.equal(nanoPerMillion('0.083333333333333334'), 83_333_334n)
  assert.equal(nanoPerMillion('0.0000000001'), 1n)
  assert.equal(nanoPerMillion('12.5'), 12_500_000_000n)
  assert.equal(nanoPerMillion('0'), 0n)
})

test('the edition that prices name is the one that is installed', async () => {
  const entry = new URL(import.meta.resolve('@pydantic/genai-prices'))
  const manifest: unknown = JSON.parse(await readFile(new URL('../package.json', entry), 'utf8'))
  assert.equal((manifest as { version: string }).version, edition.version)
})

test('what a model reads and writes is told from its name', () => {
  const cases = {
    'gpt-4o': [['text', 'image'], ['text']],
    'claude-sonnet-4-5': [['text', 'image'], ['text']],
    'gemini-2.5-pro': [['text', 'image', 'audio'], ['text']],
    'gpt-3.5-turbo': [['text'], ['text']],
    'text-embedding-3-small': [['text'], ['embeddings']],
    'nomic-embed-text:latest': [['text'], ['embeddings']],
    'all-minilm': [['text'], ['embeddings']],
    'bge-reranker-v2-m3': [['text'], ['rerank']],
    'jina-reranker-v3': [['text'], ['rerank']],
    'omni-moderation-latest': [['text', 'image'], ['moderation']],
    'text-moderation-stable': [['text'], ['moderation']],
    'bge-m3': [['text'], ['embeddings']],
    'qwen2.5-coder': [['text'], ['text']],
  }
  for (const [name, [input, output]] of Object.entries(cases))
    assert.deepEqual(abilitiesOf(name), { input, output }, name)
})
