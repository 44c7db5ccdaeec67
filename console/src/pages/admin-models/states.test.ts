import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CatalogEntry, findEntries } from './states.ts'

const entry = (id: string, state: CatalogEntry['state'], provider = 'p'): CatalogEntry => ({
  ...{ id, name: id, aliases: [`${id}-alias`], output_modalities: ['text'], state, missing_prices: [], prices: [] },
  next_price_at: null,
  offers: [
    {
      ...{ id: 'o', provider_id: provider, provider_name: provider, upstream_model: id, provider_share_bps: 10_000 },
      ...{ disabled: false, available: true },
    },
  ],
})

const entries = [entry('a', 'callable'), entry('b', 'disabled'), entry('c', 'unpriced', 'q'), entry('d', 'no_offer')]
const found = (filters: Parameters<typeof findEntries>[1]) => findEntries(entries, filters).map(({ id }) => id)

test('models that need something come first, those that are off last', () => {
  assert.deepEqual(found({}), ['c', 'd', 'a', 'b'])
})

test('models are found by id, alias, state and provider', () => {
  assert.deepEqual(found({ q: 'A-ALIAS' }), ['a'])
  assert.deepEqual(found({ state: 'unpriced' }), ['c'])
  assert.deepEqual(found({ provider: 'q' }), ['c'])
})
