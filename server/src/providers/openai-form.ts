/** OpenAI's chat completions as every dialect reads and writes them: the parts that are the same for all. */
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import type { ProviderError } from './translation.ts'

export const listOf = (value: JsonValue | undefined): readonly JsonValue[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]) : []

export const objectsOf = (value: JsonValue | undefined): readonly JsonObject[] => listOf(value).filter(isObject)

export const objectOf = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

export const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

export const countOf = (value: JsonValue | undefined): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0

/** `{ name: value }` where there is a value. */
export const present = (name: string, value: JsonValue | undefined): JsonObject =>
  value === undefined || value === null ? {} : { [name]: value }

/** Absent, off, zero or empty: leaving it out changes nothing. */
export const saysNothing = (value: JsonValue | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === 0 ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.values(value).every(saysNothing))

/** The parts of a message's content; a text is one part of type `text`. */
export function partsOf(content: JsonValue | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return listOf(content).map((part) => (typeof part === 'string' ? { type: 'text', text: part } : objectOf(part)))
}

export type AllowedTools = { readonly mode: 'auto' | 'required'; readonly names: readonly string[] }

/** A `tool_choice` that allows some of the tools; `undefined` for any other. */
export function readAllowedTools(choice: JsonValue | undefined): AllowedTools | undefined {
  const { type, allowed_tools: allowed } = objectOf(choice)
  if (type !== 'allowed_tools') return undefined
  const { mode, tools } = objectOf(allowed)
  const names = objectsOf(tools).map((tool) => textOf(objectOf(tool['function'])['name']))
  return { mode: mode === 'required' ? 'required' : 'auto', names }
}

export type DataUrl = { readonly mediaType: string; readonly base64: string }

/** Reads a data URL of RFC 2397 whose data are base64; anything else is `undefined`. */
export function readDataUrl(url: string): DataUrl | undefined {
  const comma = url.indexOf(',')
  const head = /^data:([^;,]*)(?:;[^,]*)?;base64$/i.exec(url.slice(0, Math.max(0, comma)))
  return head ? { mediaType: (head[1] ?? '').toLowerCase(), base64: url.slice(comma + 1) } : undefined
}

/** What all chunks of one answer, or the answer itself, have in common. */
export type AnswerIdentity = { readonly id: string; readonly created: number; readonly model: string }

export const chunkOf = (identity: AnswerIdentity, delta: JsonObject, ending: JsonObject = {}): JsonObject => ({
  ...identity,
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: null, ...ending }],
})

export const usageChunkOf = (identity: AnswerIdentity, usage: JsonObject): JsonObject => ({
  ...identity,
  object: 'chat.completion.chunk',
  choices: [],
  usage,
})

export const completionOf = (
  identity: AnswerIdentity,
  { message, ending, usage }: { message: JsonObject; ending: JsonObject; usage: JsonObject },
): JsonObject => ({
  ...identity,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', ...message }, logprobs: null, ...ending }],
  usage,
})

/** An error as the body of an answer, and as an event of a stream. */
export const errorEnvelopeOf = ({ message, type, code, param }: ProviderError): JsonObject => ({
  error: { message, type: type ?? 'upstream_error', code: code ?? null, param: param ?? null },
})

export type EmbeddingFacts = {
  readonly model: string
  /** As OpenAI's clients ask for vectors unless told otherwise. */
  readonly asBase64: boolean
  /** Of the prompt, where they are told. */
  readonly tokens: number | undefined
}

/** Vectors as OpenAI lists them. */
export const embeddingsOf = (
  vectors: readonly (readonly number[])[],
  { model, asBase64, tokens }: EmbeddingFacts,
): JsonObject => ({
  object: 'list',
  data: vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: asBase64 ? base64Of(vector) : vector,
  })),
  model,
  ...(tokens !== undefined && { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
})

/** OpenAI's base64 is of 32-bit floats, the least byte first. */
function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, at * 4)
  return bytes.toString('base64')
}
