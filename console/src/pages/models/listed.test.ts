import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFree, type ListedModel, priceOf } from '../../parts/listed-model.ts'
import { findModels, type ModelFilters } from './listed.ts'

const modelOf = (
  id: string,
  more: Partial<ListedModel> & { inputs?: string[]; outputs?: string[] } = {},
): ListedModel => {
  const { inputs = ['text'], outputs = ['text'], ...rest } = more
  return {
    ...({ id, name: id, aliases: [], providers: [], supported_parameters: [], created: 0 } as unknown as ListedModel),
    context_length: null,
    architecture: {
      modality: '',
      input_modalities: inputs,
      output_modalities: outputs,
      tokenizer: 'Other',
      instruct_type: null,
    },
    pricing: { prompt: '0.000001', completion: '0.000002', request: '0' },
    ...rest,
  }
}

const models = [
  modelOf('openai/gpt-4o', {
    context_length: 128_000,
    inputs: ['text', 'image'],
    supported_parameters: ['tools'],
    providers: ['openai'],
    pricing: { prompt: '0.0000025', completion: '0.00001', request: '0' },
  }),
  modelOf('acme/free', { pricing: { prompt: '0', completion: '0', request: '0' }, aliases: ['gratis'] }),
  modelOf('acme/embed', { outputs: ['embeddings'], context_length: 8_192 }),
  modelOf('acme/per-call', { pricing: { prompt: '0', completion: '0', request: '0.01' } }),
]

const found = (filters: ModelFilters, by = 'id', direction: 'asc' | 'desc' = 'asc') =>
  findModels(models, filters, { by, direction }).map(({ id }) => id)

test('every word of a search must be found, in the id, name, aliases or providers', () => {
  assert.deepEqual(found({ q: 'GPT open' }), ['openai/gpt-4o'])
  assert.deepEqual(found({ q: 'gratis' }), ['acme/free'])
  assert.deepEqual(found({ q: 'gpt acme' }), [])
})

test('filters are met by all that is left, and none is left out for what nobody knows but its context', () => {
  assert.deepEqual(found({ kind: 'embeddings' }), ['acme/embed'])
  assert.deepEqual(found({ takes: 'image' }), ['openai/gpt-4o'])
  assert.deepEqual(found({ can: 'tools' }), ['openai/gpt-4o'])
  assert.deepEqual(found({ context: '8000' }), ['acme/embed', 'openai/gpt-4o'])
  assert.deepEqual(found({ provider: 'openai' }), ['openai/gpt-4o'])
  assert.deepEqual(found({ price: '2' }), ['acme/embed', 'acme/free', 'acme/per-call'])
})

test('free means that nothing costs anything, a price per request included', () => {
  assert.deepEqual(found({ price: 'free' }), ['acme/free'])
  assert.equal(isFree(models[3]!), false)
})

test('sorting by price is exact, and what is not known stands last both ways', () => {
  assert.equal(found({}, 'output', 'desc')[0], 'openai/gpt-4o')
  assert.deepEqual(found({}, 'context', 'asc').slice(0, 2), ['acme/embed', 'openai/gpt-4o'])
  assert.deepEqual(found({}, 'context', 'desc').slice(0, 2), ['openai/gpt-4o', 'acme/embed'])
  assert.equal(priceOf(models[0]!, 'input'), 2_500_000_000n)
  assert.equal(priceOf(models[0]!, 'cached_input'), undefined)
})
