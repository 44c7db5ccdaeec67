import type { ExactJson, NumberSources } from '../core/exact-json.ts'
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { writesText, type Endpoint } from '../providers/index.ts'
import type { ChatForm, InboundApi, StoredBefore } from './inbound/index.ts'
import { findPromptProblem } from './prompt-checks.ts'
import { namesKeptFile } from './media-parts.ts'
import { measurePrompt, type PromptSize } from './prompt-size.ts'
import { measureRerank, searchUnitsMax } from './rerank.ts'

/** A request body that makes sense, read once. */
export type CallRequest = {
  /** The API that the caller speaks. */
  readonly api: InboundApi
  readonly endpoint: Endpoint
  /** The body as the caller sent it. */
  readonly asked: JsonObject
  /** The same in OpenAI's form. */
  readonly body: JsonObject
  /** The same as a chat, for offers that have nothing else; absent where it is one, or nothing of the kind. */
  readonly asChat: ChatForm | undefined
  /** How its numbers were written, where some would not survive. */
  readonly numbers?: NumberSources
  /** What is stored with the answer; absent where nothing is. */
  readonly conversation: readonly JsonObject[] | undefined
  /** What could not be said in OpenAI's form, for the caller to know. */
  readonly warnings: readonly string[]
  readonly model: string
  readonly stream: boolean
  /** Whether a provider that has to leave something out must not be asked at all. */
  readonly strict: boolean
  /** Whether the caller asked for the usage of a stream. */
  readonly wantsUsage: boolean
  /** The caller's own bound on the output of one choice, where there is one. */
  readonly outputTokensAsked: number | undefined
  /** What a model may think beyond that bound, where the caller asks for more thinking than it leaves room for. */
  readonly thinkingTokensBeyond: number
  /** How many answers are generated: choices x prompts. */
  readonly answers: number
  /** How many requests it may count as, where requests have a price: 1, but for many documents to rank. */
  readonly requestsMax: number
  readonly prompt: PromptSize
  readonly inputModalities: readonly ('text' | 'image' | 'audio' | 'file')[]
  /** Whether it means a file by an id, which leads to files of whoever's key it is asked with. */
  readonly namesKeptFile: boolean
}

export type RequestRead =
  | { readonly kind: 'read'; readonly request: CallRequest }
  | { readonly kind: 'invalid'; readonly message: string; readonly param?: string }

const choicesMax = 128
/** No model thinks longer. */
const thinkingTokensMax = 1_000_000
/** Deeper bodies are no requests, and what writes and reads JSON elsewhere may not bear them. */
const depthMax = 256
/** OpenAI's documented default for /v1/completions; other servers have none, so it is always sent. */
const legacyOutputTokens = 16

/** Reads a body, parsed once. Only what the gateway itself must understand is checked; every other field is the provider's business. */
export function readCallRequest(
  api: InboundApi,
  { value: asked, sources }: ExactJson,
  stored?: StoredBefore,
): RequestRead {
  const { endpoint } = api
  if (!isObject(asked)) return invalid('The request body must be a JSON object.')
  const model = asked['model'] ?? api.defaultModel
  if (typeof model !== 'string' || model === '') return invalid('You must name a model.', 'model')
  const read = api.read(asked, stored)
  if (read.kind === 'invalid') return read
  const { body, warnings = [], asChat, conversation } = read
  const problem = findProblem(endpoint, body)
  if (problem) return problem
  const prompt = endpoint === 'rerank' ? measureRerank(body) : measurePrompt(largerForm(body, asChat))
  if (prompt.depth > depthMax) return invalid(`The request body is nested more than ${depthMax} levels deep.`)
  const streamOptions = isObject(body['stream_options']) ? body['stream_options'] : {}
  const usage = isObject(body['usage']) ? body['usage'] : {}
  return {
    kind: 'read',
    request: {
      ...{ api, endpoint, asked, body, asChat, conversation, warnings, model },
      ...(sources && { numbers: sources }),
      strict: asked['strict'] === true,
      stream: body['stream'] === true && writesText(endpoint),
      wantsUsage: streamOptions['include_usage'] === true || usage['include'] === true,
      outputTokensAsked: outputTokensAsked(endpoint, body),
      thinkingTokensBeyond: thinkingTokensBeyond(endpoint, body),
      answers: answersOf(endpoint, body),
      requestsMax: endpoint === 'rerank' ? searchUnitsMax(body, prompt) : 1,
      prompt,
      inputModalities: [
        'text',
        ...(prompt.images > 0 ? (['image'] as const) : []),
        ...(prompt.audios > 0 ? (['audio'] as const) : []),
        ...(prompt.files > 0 ? (['file'] as const) : []),
      ],
      namesKeptFile: namesKeptFile(body),
    },
  }
}

/** A chat has all that a completion has, and who says it. */
const largerForm = (body: JsonObject, asChat: ChatForm | undefined): JsonObject =>
  asChat?.kind === 'chat' ? asChat.body : body

type Invalid = Extract<RequestRead, { kind: 'invalid' }>

const invalid = (message: string, param?: string): Invalid =>
  param === undefined ? { kind: 'invalid', message } : { kind: 'invalid', message, param }

function findProblem(endpoint: Endpoint, body: JsonObject): Invalid | undefined {
  const inPrompt = findPromptProblem(endpoint, body)
  if (inPrompt) return invalid(inPrompt.message, inPrompt.param)
  return (
    findIntegerProblem(body, 'max_tokens', 1, Number.MAX_SAFE_INTEGER) ??
    findIntegerProblem(body, 'max_completion_tokens', 1, Number.MAX_SAFE_INTEGER) ??
    findIntegerProblem(body, 'n', 1, choicesMax) ??
    findIntegerProblem(body, 'best_of', 1, choicesMax) ??
    findIntegerProblem(body, 'top_n', 1, Number.MAX_SAFE_INTEGER) ??
    findStreamProblem(body)
  )
}

function findIntegerProblem(body: JsonObject, param: string, least: number, most: number): Invalid | undefined {
  const value = body[param]
  if (value === undefined || value === null) return undefined
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return undefined
  return invalid(
    most === Number.MAX_SAFE_INTEGER
      ? `'${param}' must be a whole number of at least ${least}.`
      : `'${param}' must be a whole number from ${least} to ${most}.`,
    param,
  )
}

function findStreamProblem(body: JsonObject): Invalid | undefined {
  const { stream } = body
  if (stream !== undefined && stream !== null && typeof stream !== 'boolean')
    return invalid("'stream' must be true or false.", 'stream')
  const options = body['stream_options']
  if (options === undefined || options === null) return undefined
  if (!isObject(options)) return invalid("'stream_options' must be an object.", 'stream_options')
  return stream === true
    ? undefined
    : invalid("'stream_options' is only allowed when 'stream' is true.", 'stream_options')
}

function outputTokensAsked(endpoint: Endpoint, body: JsonObject): number | undefined {
  if (!writesText(endpoint)) return 0
  const asked = body['max_completion_tokens'] ?? body['max_tokens']
  if (typeof asked === 'number') return asked
  return endpoint === 'completions' ? legacyOutputTokens : undefined
}

/**
 * A budget of thinking lies within the bound of the output. Where it does not, some servers refuse the call, some cut the
 * budget, and some raise the bound.
 */
function thinkingTokensBeyond(endpoint: Endpoint, body: JsonObject): number {
  const bound = outputTokensAsked(endpoint, body)
  const budgets = [within(body, 'reasoning', 'max_tokens'), within(body, 'thinking', 'budget_tokens')]
  const budget = Math.max(0, ...[...budgets, body['thinking_budget']].filter((each) => typeof each === 'number'))
  return bound === undefined || budget < bound ? 0 : Math.min(Math.ceil(budget), thinkingTokensMax)
}

const within = (body: JsonObject, name: string, member: string): JsonValue | undefined => {
  const value = body[name]
  return isObject(value) ? value[member] : undefined
}

function answersOf(endpoint: Endpoint, body: JsonObject): number {
  if (!writesText(endpoint)) return 1
  const choices = Math.max(Number(body['n'] ?? 1), Number(body['best_of'] ?? 1))
  const { prompt } = body
  const prompts =
    endpoint === 'completions' && Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1
  return choices * prompts
}
