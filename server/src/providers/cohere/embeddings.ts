import type { JsonObject, JsonValue } from '../../core/json.ts'
import { refused, warned, writeFields, type FieldRule, type FieldRules, type Notes } from '../field-rules.ts'
import { countOf, embeddingsOf, listOf, objectOf, textOf } from '../openai-form.ts'
import type { AnswerFacts } from '../translation.ts'

type Draft = Record<string, JsonValue>

const passed = (name: string, as = name): FieldRule<Draft> => ({
  handling: 'passed',
  becomes: `\`${as}\``,
  write(value, draft) {
    draft[as] = value
  },
})

/** Every field of an embedding. */
export const embeddingFields: FieldRules<Draft> = {
  model: passed('model'),
  input: {
    handling: 'translated',
    becomes: '`texts`; tokens: refused',
    write(value, draft, { refuse }) {
      const texts = typeof value === 'string' ? [value] : listOf(value)
      if (!texts.every((text) => typeof text === 'string')) refuse('input: this provider takes texts, no tokens')
      draft['texts'] = texts
    },
  },
  input_type: {
    handling: 'passed',
    becomes: '`input_type`; `search_document` unless said, for the API demands one',
    write(value, draft) {
      draft['input_type'] = value
    },
  },
  dimensions: passed('dimensions', 'output_dimension'),
  encoding_format: { handling: 'translated', becomes: 'nothing: done here', write: () => undefined },
  truncate: passed('truncate'),
  max_tokens: passed('max_tokens'),
  user: warned('user', 'this API does not know it'),
  embedding_types: refused('embedding_types', 'answers here are floats, or base64 of them', (value) =>
    listOf(value).every((each) => each === 'float'),
  ),
}

export function writeEmbedding(body: JsonObject, notes: Notes): JsonObject {
  const draft: Draft = { input_type: 'search_document', embedding_types: ['float'] }
  writeFields(body, embeddingFields, draft, notes)
  return draft
}

/** Vectors as OpenAI lists them. */
export function readEmbeddings(answer: JsonObject, { call }: AnswerFacts): JsonObject | undefined {
  const vectors = listOf(objectOf(answer['embeddings'])['float'])
  if (vectors.length === 0 || !vectors.every(Array.isArray)) return undefined
  const tokens = countOf(objectOf(objectOf(answer['meta'])['billed_units'])['input_tokens'])
  return embeddingsOf(vectors as readonly (readonly number[])[], {
    model: textOf(call.body['model']),
    asBase64: call.body['encoding_format'] === 'base64',
    tokens: tokens > 0 ? tokens : undefined,
  })
}
