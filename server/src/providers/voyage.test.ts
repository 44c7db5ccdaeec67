import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { fitVoyage } from './voyage.ts'

test('the fields that Voyage calls otherwise are called so, and all others stay', () => {
  deepEqual(
    fitVoyage('embeddings', { model: 'm', input: 'x', dimensions: 256, encoding_format: 'float', input_type: 'query' }),
    { model: 'm', input: 'x', output_dimension: 256, input_type: 'query' },
  )
  deepEqual(fitVoyage('embeddings', { model: 'm', input: 'x', encoding_format: 'base64', user: 'u' }), {
    ...{ model: 'm', input: 'x', encoding_format: 'base64' },
  })
  deepEqual(fitVoyage('rerank', { model: 'm', query: 'q', documents: ['a'], top_n: 1, return_documents: true }), {
    ...{ model: 'm', query: 'q', documents: ['a'], top_k: 1, return_documents: true },
  })
  const other = { model: 'm', messages: [] }
  equal(fitVoyage('chat', other), other)
})
