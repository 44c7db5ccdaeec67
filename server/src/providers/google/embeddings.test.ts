import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../core/json.ts'
import type { AnswerFacts } from '../translation.ts'
import { translationAt } from './translation.ts'

const call = (body: JsonObject) =>
  ({ endpoint: 'embeddings', body: { model: 'gemini-embedding-001', ...body }, stream: false }) as const
const facts = (body: JsonObject = {}): AnswerFacts => ({ call: call(body), created: 0, headers: {} })
const gemini = translationAt('gemini')
const vertex = translationAt('vertex')

test('texts are embedded in one request, in the size that was asked for', () => {
  const one = { model: 'models/gemini-embedding-001', outputDimensionality: 64, taskType: 'RETRIEVAL_QUERY' }
  deepEqual(
    gemini.write(call({ input: ['a', 'b'], dimensions: 64, encoding_format: 'float', task_type: 'RETRIEVAL_QUERY' })),
    {
      kind: 'request',
      path: '/v1beta/models/gemini-embedding-001:batchEmbedContents',
      body: { requests: ['a', 'b'].map((text) => ({ ...one, content: { parts: [{ text }] } })) },
      leftOut: [],
    },
  )
  deepEqual(vertex.write(call({ input: 'a', user: 'u' })), {
    kind: 'request',
    path: '/publishers/google/models/gemini-embedding-001:predict',
    body: { instances: [{ content: 'a' }], parameters: { autoTruncate: false } },
    leftOut: ['user is left out'],
  })
})

test('tokens and plain completions are refused: another provider may take them', () => {
  for (const input of [
    [1, 2],
    [[1], [2]],
  ]) {
    const written = gemini.write(call({ input }))
    match(written.kind === 'refused' ? written.why : '', /^'input' must be texts/)
  }
  const completion = gemini.write({ endpoint: 'completions', body: { model: 'm', prompt: 'p' }, stream: false })
  equal(completion.kind, 'refused')
})

test('more texts than a request may have are refused: another provider may take them', () => {
  const refusal = (translation: typeof gemini, count: number, model: string) => {
    const written = translation.write(call({ model, input: Array.from({ length: count }, () => 'a') }))
    return written.kind === 'refused' ? written.why : 'written'
  }
  equal(refusal(gemini, 100, 'gemini-embedding-001'), 'written')
  equal(refusal(gemini, 101, 'gemini-embedding-001'), "'input' has 101 texts: the model takes 100 at a time.")
  equal(refusal(vertex, 2, 'gemini-embedding-001'), "'input' has 2 texts: the model takes 1 at a time.")
  equal(refusal(vertex, 250, 'text-embedding-005'), 'written')
})

const vectors = [
  [0.5, -0.25],
  [1, 0],
]

test('vectors come as numbers or base64, with the usage where Google tells it', () => {
  const answer = { embeddings: vectors.map((values) => ({ values })), usageMetadata: { promptTokenCount: 12 } }
  deepEqual(gemini.readAnswer(answer, facts()), {
    object: 'list',
    data: vectors.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    model: 'gemini-embedding-001',
    usage: { prompt_tokens: 12, total_tokens: 12 },
  })
  const { usageMetadata: _, ...silent } = answer
  const [first] = gemini.readAnswer(silent, facts({ encoding_format: 'base64' }))!['data'] as readonly JsonObject[]
  deepEqual(
    [...new Float32Array(new Uint8Array(Buffer.from(first!['embedding'] as string, 'base64')).buffer)],
    vectors[0],
  )
  equal(gemini.readAnswer(silent, facts())!['usage'], undefined)
  const predictions = vectors.map((values) => ({
    embeddings: { values, statistics: { token_count: 3, truncated: false } },
  }))
  deepEqual(vertex.readAnswer({ predictions }, facts())!['usage'], { prompt_tokens: 6, total_tokens: 6 })
  for (const none of [{}, { embeddings: [] }, { embeddings: [{}] }]) equal(gemini.readAnswer(none, facts()), undefined)
})
