/** JSON Schema as OpenAPI 3.1 documents carry it: the part that ours uses. */
export type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
  readonly default?: unknown
}

type Content = Readonly<Record<string, { readonly schema?: Schema }>>
type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema?: Schema }
type Details = {
  readonly tags?: readonly string[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses?: Readonly<Record<string, { readonly content?: Content }>>
}
export type ApiDocument = {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Details>>>>
}

/** The TypeScript of an OpenAPI document: one interface with an entry for each operation, `'GET /api/v1/keys'`. */
export function typesOf({ components, paths }: ApiDocument): string {
  const schemas = Object.entries(components.schemas).map(([name, schema]) => `  ${name}: ${typeOf(schema)}`)
  const operations = Object.entries(paths)
    .filter(([path, methods]) => !path.startsWith('/v1/') || Object.values(methods).some(isForPages))
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, details]) =>
        operationOf(`${method.toUpperCase()} ${pathOf(path, details)}`, details),
      ),
    )
  return [
    '// Written by console/tools/api-types.ts from docs/openapi.json.',
    `export interface Schemas {\n${schemas.join('\n')}\n}\n`,
    `export interface Operations {\n${operations.join('\n')}\n}\n`,
  ].join('\n')
}

const callersTag = 'Your key'

/** Of what is at /v1 for callers: the list of models, and what a session may ask at /api/v1 as well. */
const isForPages = ({ tags = [] }: Details): boolean => tags.includes(callersTag) || tags.includes('Models')

const pathOf = (path: string, { tags = [] }: Details): string =>
  path.startsWith('/v1/') && tags.includes(callersTag) ? `/api${path}` : path

function operationOf(name: string, { parameters = [], requestBody, responses = {} }: Details): string {
  const parts = (['path', 'query'] as const)
    .map((place) => [place, parameters.filter((parameter) => parameter.in === place)] as const)
    .filter(([, list]) => list.length > 0)
    .map(([place, list]) => `${place}: { ${list.map(parameterOf).join('; ')} }`)
  const body = jsonOf(requestBody?.content)
  if (body) parts.push(`body: ${typeOf(body)}`)
  const done = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1]
  const answer = jsonOf(done?.content)
  parts.push(`answer: ${answer ? typeOf(answer) : 'undefined'}`)
  return `  ${quote(name)}: { ${parts.join('; ')} }`
}

const jsonOf = (content: Content | undefined) => content?.['application/json']?.schema

const parameterOf = ({ name, required, schema = {} }: Parameter) =>
  `${quote(name)}${required ? '' : '?'}: ${typeOf(schema)}${required ? '' : ' | undefined'}`

/** The TypeScript of one schema. */
export function typeOf(schema: Schema): string {
  if (schema.$ref) return `Schemas['${schema.$ref.split('/').at(-1)}']`
  if (schema.const !== undefined) return literal(schema.const)
  if (schema.enum) return schema.enum.map(literal).join(' | ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return `(${choices.map(typeOf).join(' | ')})`
  if (schema.allOf) return `(${schema.allOf.map(typeOf).join(' & ')})`
  if (Array.isArray(schema.type))
    return `(${schema.type.map((type: string) => typeOf({ ...schema, type })).join(' | ')})`
  switch (schema.type) {
    case 'integer':
    case 'number':
      return 'number'
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'array':
      return `readonly ${wrap(typeOf(schema.items ?? {}))}[]`
    case 'object':
      return objectOf(schema)
    default:
      return 'unknown'
  }
}

function objectOf({ properties = {}, required = [], additionalProperties }: Schema): string {
  const fields = Object.entries(properties).map(([name, schema]) =>
    required.includes(name) ? `${quote(name)}: ${typeOf(schema)}` : `${quote(name)}?: ${typeOf(schema)} | undefined`,
  )
  if (typeof additionalProperties === 'object')
    fields.push(`[name: string]: ${fields.length > 0 ? 'unknown' : typeOf(additionalProperties)}`)
  return fields.length > 0 ? `{ ${fields.join('; ')} }` : 'Record<string, unknown>'
}

const wrap = (type: string) => (/^[\w'[\]]+$|^[({]/.test(type) && !type.startsWith('readonly') ? type : `(${type})`)
const quote = (name: string) => (/^[a-z_]\w*$/i.test(name) ? name : `'${name}'`)
const literal = (value: unknown) => (typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value))
