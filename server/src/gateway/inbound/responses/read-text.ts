import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { asBoolean, asObject, asText, given, invalid, present, warnOthers, type Warn } from '../reading.ts'

/** The form of the answer's text: `response_format` and `verbosity`. */
export function readText(value: JsonValue, warn: Warn): JsonObject {
  const text = asObject(value, 'text')
  warnOthers(text, ['format', 'verbosity'], 'text', warn)
  const format = given(text, 'format')
  const verbosity = given(text, 'verbosity')
  return {
    ...present('response_format', format && readFormat(asObject(format, 'text.format'), warn)),
    // Models that know no other refuse to be asked for it.
    ...(verbosity !== 'medium' && present('verbosity', verbosity && asText(verbosity, 'text.verbosity'))),
  }
}

function readFormat(format: JsonObject, warn: Warn): JsonObject | undefined {
  const param = 'text.format'
  switch (format['type']) {
    case 'text':
      warnOthers(format, ['type'], param, warn)
      return undefined
    case 'json_object':
      warnOthers(format, ['type'], param, warn)
      return { type: 'json_object' }
    case 'json_schema': {
      warnOthers(format, ['type', 'name', 'schema', 'strict', 'description'], param, warn)
      const description = given(format, 'description')
      const strict = given(format, 'strict')
      const schema = {
        name: asText(format['name'], `${param}.name`),
        ...present('description', description && asText(description, `${param}.description`)),
        schema: asObject(format['schema'], `${param}.schema`),
        ...present('strict', strict === undefined ? undefined : asBoolean(strict, `${param}.strict`)),
      }
      return { type: 'json_schema', json_schema: schema }
    }
    default:
      throw invalid(`${param}.type`, `'${param}.type' must be text, json_object or json_schema.`)
  }
}
