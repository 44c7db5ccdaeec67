// Reads OpenAI's chat and legacy completion requests into what the built-in models understand.
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { limits } from './models.ts'
import { type FieldRules, given, invalid, readInteger, readNumber, refuseUnserved } from './parameters.ts'
import type { Sampling, TextRequest } from './text-model.ts'

const sharedFields = [
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'n',
  'stop',
  'seed',
  'temperature',
  'top_p',
  'presence_penalty',
  'frequency_penalty',
  'logit_bias',
]
const passedOver = new Set([
  'user',
  'metadata',
  'store',
  'safety_identifier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'service_tier',
  'prediction',
  'parallel_tool_calls',
])

const isEmptyList = (value: JsonValue): boolean => Array.isArray(value) && value.length === 0
const isFalse = (value: JsonValue): boolean => value === false
const isOne = (value: JsonValue): boolean => value === 1
const isNone = (value: JsonValue): boolean => value === 'none'

const chatRules: FieldRules = {
  used: new Set([...sharedFields, 'messages', 'max_completion_tokens', 'logprobs', 'top_logprobs']),
  passedOver,
  neutral: new Map([
    ['tools', isEmptyList],
    ['functions', isEmptyList],
    ['tool_choice', isNone],
    ['function_call', isNone],
    ['reasoning_effort', isNone],
    ['response_format', (value) => isObject(value) && value['type'] === 'text'],
    ['modalities', (value) => Array.isArray(value) && value.length === 1 && value[0] === 'text'],
  ]),
}
const completionRules: FieldRules = {
  used: new Set([...sharedFields, 'prompt']),
  passedOver,
  neutral: new Map([
    ['best_of', isOne],
    ['echo', isFalse],
    ['suffix', (value) => value === ''],
  ]),
}

/** Checks a request of one of the text endpoints; throws `AppError` that names the field at fault. */
export function readTextRequest(endpoint: 'chat' | 'completions', body: JsonObject, model: string): TextRequest {
  // `echo` with an object is the test control of local/echo; a boolean is OpenAI's legacy field.
  const echo = model === 'echo' && isObject(body['echo']) ? body['echo'] : undefined
  refuseUnserved(echo ? { ...body, echo: null } : body, endpoint === 'chat' ? chatRules : completionRules, model)
  const choices = readInteger(body, 'n', 1, limits.choicesMax) ?? 1
  return {
    ...(endpoint === 'chat' ? readMessages(body) : readPrompts(body, choices)),
    choices,
    maxTokens: readMaxTokens(body),
    stop: readStop(body),
    sampling: readSampling(body),
    topLogprobs: endpoint === 'chat' ? readTopLogprobs(body) : undefined,
    echo,
  }
}

type Prompts = Pick<TextRequest, 'prompts' | 'promptTexts'>

const roles = new Set(['system', 'developer', 'user', 'assistant', 'tool', 'function'])

function readMessages(body: JsonObject): Prompts {
  const messages = given(body, 'messages')
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalid('messages', 'messages must be a list with at least one message.')
  const texts: string[] = []
  let question: string | undefined
  for (const [at, message] of (messages as readonly JsonValue[]).entries()) {
    const param = `messages[${at}]`
    if (!isObject(message)) throw invalid(param, `${param} must be an object.`)
    const { role } = message
    if (typeof role !== 'string' || !roles.has(role))
      throw invalid(`${param}.role`, `${param}.role is not a known role.`)
    const text = readContent(message, role, `${param}.content`)
    texts.push(text)
    if (role === 'user') question = text
  }
  if (question === undefined)
    throw invalid('messages', 'The built-in models answer the last user message, and there is none.')
  return { prompts: [question], promptTexts: texts }
}

function readContent(message: JsonObject, role: string, param: string): string {
  const content = given(message, 'content')
  if (typeof content === 'string') return content
  // An assistant message may consist of tool calls alone.
  if (content === undefined && role === 'assistant') return ''
  if (!Array.isArray(content)) throw invalid(param, `${param} must be a text or a list of text parts.`)
  return (content as readonly JsonValue[])
    .map((part, at) => {
      if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') return part['text']
      throw invalid(`${param}[${at}]`, `${param}[${at}] must be a text part: the built-in models read text only.`)
    })
    .join('')
}

function readPrompts(body: JsonObject, choices: number): Prompts {
  const prompt = given(body, 'prompt')
  const prompts: readonly JsonValue[] = Array.isArray(prompt) ? prompt : [prompt ?? null]
  if (prompts.length === 0 || prompts.some((text) => typeof text !== 'string')) {
    throw invalid('prompt', 'prompt must be a text or a list of texts; the built-in models take no token lists.')
  }
  if (prompts.length * choices > limits.choicesMax) {
    throw invalid('prompt', `At most ${limits.choicesMax} choices can be asked for, counted over all prompts.`)
  }
  return { prompts: prompts as readonly string[], promptTexts: prompts as readonly string[] }
}

/** The smaller of the two fields where both are there. */
function readMaxTokens(body: JsonObject): number | undefined {
  const bounds = ['max_tokens', 'max_completion_tokens'].map((name) =>
    readInteger(body, name, 1, Number.MAX_SAFE_INTEGER),
  )
  const least = Math.min(...bounds.map((bound) => bound ?? Infinity))
  return least === Infinity ? undefined : least
}

const stopsMax = 4

function readStop(body: JsonObject): readonly string[] {
  const stop = given(body, 'stop')
  if (stop === undefined) return []
  const stops: readonly JsonValue[] = Array.isArray(stop) ? stop : [stop]
  if (stops.length > stopsMax || stops.some((text) => typeof text !== 'string' || text === '')) {
    throw invalid('stop', `stop must be a text or a list of at most ${stopsMax} texts, none empty.`)
  }
  return stops as readonly string[]
}

function readSampling(body: JsonObject): Sampling {
  return {
    temperature: readNumber(body, 'temperature', 0, 2) ?? 0,
    topP: readNumber(body, 'top_p', 0, 1) ?? 1,
    presencePenalty: readNumber(body, 'presence_penalty', -2, 2) ?? 0,
    frequencyPenalty: readNumber(body, 'frequency_penalty', -2, 2) ?? 0,
    logitBias: readLogitBias(body),
    seed: readInteger(body, 'seed', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
  }
}

function readLogitBias(body: JsonObject): ReadonlyMap<number, number> {
  const bias = given(body, 'logit_bias') ?? {}
  if (!isObject(bias)) throw invalid('logit_bias', 'logit_bias must be an object from token to bias.')
  return new Map(
    Object.keys(bias).map((token) => {
      if (!/^\d{1,9}$/.test(token)) throw invalid('logit_bias', 'The names in logit_bias must be token numbers.')
      return [Number(token), readNumber(bias, token, -100, 100) ?? 0]
    }),
  )
}

function readTopLogprobs(body: JsonObject): number | undefined {
  const wanted = given(body, 'logprobs') ?? false
  if (typeof wanted !== 'boolean') throw invalid('logprobs', 'logprobs must be true or false.')
  const top = readInteger(body, 'top_logprobs', 0, 20)
  if (top !== undefined && !wanted) throw invalid('top_logprobs', 'top_logprobs needs logprobs to be true.')
  return wanted ? (top ?? 0) : undefined
}
