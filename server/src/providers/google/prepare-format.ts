import { isObject, type JsonObject } from '../../core/json.ts'
import { answerSchema } from './json-schema.ts'
import type { ModelTraits } from './model-traits.ts'
import { listOf, objectOf } from '../openai-form.ts'
import { CannotSayError, given, type LeaveOut } from './reading.ts'

export type Format = {
  /** For `generationConfig`. */
  readonly config: JsonObject
  /** For the system prompt, where the model takes no schema. */
  readonly instruction?: string
}

/** `response_format`. Models before Gemini 3 take none while there are tools: they are asked for it in words. */
export function prepareFormat(body: JsonObject, traits: ModelTraits, leaveOut: LeaveOut): Format {
  const format = given(body, 'response_format')
  if (format === undefined) return { config: {} }
  const schema = schemaOf(objectOf(format))
  if (schema === 'text') return { config: {} }
  const hasTools = listOf(body['tools']).length > 0 || listOf(body['functions']).length > 0
  if (hasTools && !traits.schemaBesideTools) {
    leaveOut('response_format is asked for in words: the model takes none beside tools')
    return { config: {}, instruction: inWords(schema) }
  }
  return {
    config: {
      responseMimeType: 'application/json',
      ...(schema && { responseJsonSchema: answerSchema(schema) }),
    },
  }
}

/** The schema that is asked for; `undefined` where any JSON will do. */
function schemaOf(format: JsonObject): JsonObject | 'text' | undefined {
  switch (format['type']) {
    case 'text':
      return 'text'
    case 'json_object':
      return undefined
    case 'json_schema': {
      const { schema } = objectOf(format['json_schema'])
      if (!isObject(schema)) throw new CannotSayError("'response_format.json_schema.schema' must be an object.")
      return schema
    }
    default:
      throw new CannotSayError("'response_format.type' must be text, json_object or json_schema.")
  }
}

const inWords = (schema: JsonObject | undefined): string =>
  schema
    ? `Unless you call a tool, answer with nothing but JSON of this JSON Schema: ${JSON.stringify(schema)}`
    : 'Unless you call a tool, answer with nothing but a JSON object.'
