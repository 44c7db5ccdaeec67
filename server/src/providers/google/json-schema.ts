import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'

const namedSchemas: ReadonlySet<string> = new Set(['properties', '$defs', 'definitions', 'patternProperties'])
const listedSchemas: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems'])
const innerSchemas: ReadonlySet<string> = new Set(['items', 'additionalProperties', 'not'])

/**
 * A JSON Schema as `responseJsonSchema` takes it: the same, but that it knows no `const`, which is an `enum` of one, and no
 * `$schema`. Names of properties are left alone, whatever they are.
 */
export function answerSchema(schema: JsonObject): JsonObject {
  const { $schema: _draft, const: constant, ...rest } = schema
  const said = constant === undefined ? rest : { ...rest, enum: [constant] }
  return Object.fromEntries(Object.entries(said).map(([name, value]) => [name, answerMember(name, value)]))
}

function answerMember(name: string, value: JsonValue): JsonValue {
  if (namedSchemas.has(name) && isObject(value))
    return Object.fromEntries(Object.entries(value).map(([each, inner]) => [each, inSchema(inner)]))
  if (listedSchemas.has(name) || innerSchemas.has(name))
    return Array.isArray(value) ? (value as readonly JsonValue[]).map(inSchema) : inSchema(value)
  return value
}

const inSchema = (value: JsonValue): JsonValue => (isObject(value) ? answerSchema(value) : value)
