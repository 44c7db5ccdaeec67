/** Whatever is asked, and whatever comes back: it is said, refused or no answer, and never a fault of ours. */
import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import { embeddingFields } from './embeddings.ts'
import { readAnswer } from './read-answer.ts'
import { openStream } from './read-stream.ts'
import { requestFields } from './request-fields.ts'
import { facts } from './test/replay.ts'
import { translationAt } from './translation.ts'

const words = [
  ...[
    'role',
    'user',
    'assistant',
    'tool',
    'content',
    'type',
    'text',
    'image_url',
    'url',
    'function',
    'name',
    'arguments',
  ],
  ...[
    'tool_calls',
    'id',
    'tool_call_id',
    'reasoning_details',
    'json_schema',
    'schema',
    'google',
    'thinking_config',
    'effort',
  ],
]
const answerWords = [
  ...[
    'candidates',
    'content',
    'parts',
    'text',
    'functionCall',
    'name',
    'args',
    'inlineData',
    'finishReason',
    'STOP',
    'index',
  ],
  ...[
    'usageMetadata',
    'promptTokenCount',
    'promptFeedback',
    'blockReason',
    'error',
    'message',
    'logprobsResult',
    'embeddings',
  ],
  ...['chosenCandidates', 'topCandidates', 'thoughtSignature', 'thought', 'responseId', 'values', 'predictions'],
]

/** Values that are made of the API's own words, in places where they do not belong. */
function nonsense(known: readonly string[]): fc.Arbitrary<JsonValue> {
  const word = fc.constantFrom(...known)
  return fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.oneof(word, fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(word, tie('value'), { maxKeys: 4 }),
    ),
  })).value
}

test('a request of any shape is written or refused', () => {
  const asked = nonsense(words)
  const fields = fc.dictionary(fc.constantFrom(...Object.keys(requestFields), ...Object.keys(embeddingFields)), asked)
  const endpoint = fc.constantFrom('chat' as const, 'embeddings' as const)
  fc.assert(
    fc.property(fields, endpoint, fc.constantFrom('gemini-3-pro', 'gemini-2.5-pro', 'gemma'), (body, asks, model) => {
      const written = translationAt('gemini').write({ endpoint: asks, body: { ...body, model }, stream: false })
      ok(written.kind === 'refused' ? written.why !== '' : JSON.stringify(written.body))
    }),
    { numRuns: 2_000 },
  )
})

test('an answer or an event of any shape is read, or is no answer', () => {
  const said = fc.dictionary(fc.constantFrom(...answerWords), nonsense(answerWords))
  fc.assert(
    fc.property(fc.array(said, { maxLength: 4 }), (events) => {
      const stream = openStream(facts)
      for (const data of events as readonly JsonObject[]) {
        readAnswer(data, facts)
        translationAt('vertex').readAnswer(data, { ...facts, call: { ...facts.call, endpoint: 'embeddings' } })
        translationAt('vertex').readError(400, data)
        JSON.stringify(stream.read({ name: undefined, data }))
      }
      stream.end()
    }),
    { numRuns: 2_000 },
  )
})
