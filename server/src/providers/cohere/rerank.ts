import type { JsonObject, JsonValue } from '../../core/json.ts'
import { warned, writeFields, type FieldRule, type FieldRules, type Notes } from '../field-rules.ts'
import { listOf, objectOf } from '../openai-form.ts'

type Draft = Record<string, JsonValue>

const passed = (name: string): FieldRule<Draft> => ({
  handling: 'passed',
  becomes: `\`${name}\``,
  write(value, draft) {
    draft[name] = value
  },
})

/** Every field of a rerank. */
export const rerankFields: FieldRules<Draft> = {
  model: passed('model'),
  query: passed('query'),
  documents: {
    handling: 'translated',
    becomes: '`documents`; one of several fields as YAML, a line for each',
    write(value, draft) {
      draft['documents'] = listOf(value).map(textOfDocument)
    },
  },
  top_n: passed('top_n'),
  max_tokens_per_doc: passed('max_tokens_per_doc'),
  return_documents: { handling: 'translated', becomes: 'nothing: done here', write: () => undefined },
  rank_fields: warned('rank_fields', 'all fields of a document count'),
  max_chunks_per_doc: warned('max_chunks_per_doc', 'this version of the API knows `max_tokens_per_doc`'),
}

export function writeRerank(body: JsonObject, notes: Notes): JsonObject {
  const draft: Draft = {}
  writeFields(body, rerankFields, draft, notes)
  return draft
}

/** YAML 1.2 has JSON in it: a value that is a JSON text is itself. */
const textOfDocument = (document: JsonValue): string =>
  typeof document === 'string'
    ? document
    : Object.entries(objectOf(document))
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
        .join('\n')
