/** What OpenRouter added to OpenAI's chat completions, and what becomes of it at providers that do not know it. */
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import type { Dialect } from './dialect.ts'
import { writesText } from './endpoints.ts'
import { saysNothing } from './openai-form.ts'
import { withFreeParser, withoutUnpaid } from './paid-extras.ts'
import type { UpstreamCall } from './types.ts'

export type Fitted = { readonly body: JsonObject; readonly leftOut: readonly string[] }

/** Fields that a server which checks its input refuses: of a request, of a message, of its parts, calls and tools. */
const requestExtensions = [
  ...['cache_control', 'debug', 'image_config', 'include_reasoning', 'min_p', 'preset', 'reasoning'],
  ...['repetition_penalty', 'stop_server_tools_when', 'top_a', 'top_k', 'trace', 'transforms'],
]
/** Fields that OpenAI added for its own models alone. Groq, for one, refuses them with 400. */
const openaiHints = [
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'safety_identifier',
  'verbosity',
]
const messageExtensions = ['cache_control', 'images', 'is_error', 'model', 'reasoning_details']
const partExtensions = ['cache_control']

/** A chat completion as the dialect takes it. Bodies of other endpoints, and those without extensions, stay as they are. */
export function fitExtensions(dialect: Dialect, { endpoint, body }: Pick<UpstreamCall, 'endpoint' | 'body'>): Fitted {
  if (!writesText(endpoint)) return { body, leftOut: [] }
  const leftOut = new Set<string>()
  const unparsed = withoutUnpaid(body, (what, why) => leftOut.add(`${what} is left out: ${why}`))
  if (endpoint !== 'chat') return { body: unparsed, leftOut: [...leftOut] }
  const paid = dialect.parsesFiles ? withFreeParser(unparsed) : unparsed
  const reasoned = fitReasoning(dialect, paid, leftOut)
  const told = dialect.reasoningBack === 'reasoning_content' ? tellReasoning(reasoned, leftOut) : reasoned
  const fitted = dialect.refusesExtensions ? without(told, dialect, leftOut) : told
  return { body: fitted, leftOut: [...leftOut] }
}

/**
 * `reasoning_effort` is OpenAI's word, `reasoning` OpenRouter's. Where both are there they say the same, and a server gets
 * the one that is its own; where only one is there it is the caller's own choice.
 */
function fitReasoning(dialect: Dialect, body: JsonObject, leftOut: Set<string>): JsonObject {
  const { reasoning_effort: effort, reasoning, ...rest } = body
  if (effort === undefined || !isObject(reasoning)) {
    // Off is what it is where nobody asks: a server that does not know the word loses nothing.
    const isOff = isObject(reasoning) && reasoning['enabled'] === false
    return isOff && dialect.refusesExtensions ? rest : body
  }
  const bound = reasoning['max_tokens']
  if (dialect.takesReasoning) {
    return { ...rest, reasoning: bound === undefined ? { ...reasoning, effort } : reasoning }
  }
  if (bound !== undefined) leftOut.add('reasoning.max_tokens is left out: the provider knows reasoning_effort only')
  return { ...rest, reasoning_effort: effort }
}

/** Gives a model its earlier reasoning back as plain text. */
function tellReasoning(body: JsonObject, leftOut: Set<string>): JsonObject {
  return mapMessages(body, (message) => {
    const details = message['reasoning_details']
    if (!Array.isArray(details)) return message
    const { reasoning_details: _details, ...rest } = message
    const texts = (details as readonly JsonValue[]).filter(isObject).map(({ text }) => text)
    const text = texts.filter((piece) => typeof piece === 'string').join('')
    if (texts.some((piece) => typeof piece !== 'string')) leftOut.add(sentence('encrypted reasoning_details'))
    return text === '' || rest['reasoning_content'] !== undefined ? rest : { ...rest, reasoning_content: text }
  })
}

const sentence = (field: string): string => `${field} is left out: the provider does not know it`

/** What says no more than its absence is no loss. */
const isNeutral = (field: string, value: JsonValue | undefined): boolean =>
  saysNothing(value) || (field === 'repetition_penalty' && value === 1)

function without(body: JsonObject, { takesHints, readsReasoning }: Dialect, leftOut: Set<string>): JsonObject {
  const strip = (object: JsonObject, fields: readonly string[], where: string): JsonObject => {
    const found = fields.filter((field) => object[field] !== undefined)
    if (found.length === 0) return object
    for (const field of found) if (!isNeutral(field, object[field])) leftOut.add(sentence(`${field}${where}`))
    return Object.fromEntries(Object.entries(object).filter(([name]) => !found.includes(name)))
  }
  const stripEach = (object: JsonObject, list: string, where: string): JsonObject => {
    const items = object[list]
    if (!Array.isArray(items)) return object
    const stripped = (items as readonly JsonValue[]).map((item) =>
      isObject(item) ? strip(item, partExtensions, where) : item,
    )
    return { ...object, [list]: stripped }
  }
  const request = stripEach(
    strip(withoutLabels(body), takesHints ? requestExtensions : [...requestExtensions, ...openaiHints], ''),
    'tools',
    ' of a tool',
  )
  return mapMessages(request, (message) => {
    const plain = strip(
      message,
      readsReasoning ? messageExtensions : [...messageExtensions, 'reasoning'],
      ' of a message',
    )
    return stripEach(stripEach(plain, 'content', ' of a part'), 'tool_calls', ' of a tool call')
  })
}

/** OpenAI takes `metadata` only to store it with the answer. Otherwise it labels the call here, and nobody has to be warned. */
function withoutLabels(body: JsonObject): JsonObject {
  if (body['metadata'] === undefined || body['store'] === true) return body
  const { metadata: _metadata, ...rest } = body
  return rest
}

function mapMessages(body: JsonObject, change: (message: JsonObject) => JsonObject): JsonObject {
  const { messages } = body
  if (!Array.isArray(messages)) return body
  const changed = (messages as readonly JsonValue[]).map((message) => (isObject(message) ? change(message) : message))
  return { ...body, messages: changed }
}
