import { isObject, parseJson, type JsonObject, type JsonValue } from '../core/json.ts'
import { choiceHasContent } from './empty-answer.ts'

/** What one event of a stream is, for the pump. */
export type StreamEvent =
  /** A chunk to hand on. */
  | { readonly kind: 'chunk'; readonly chunk: JsonObject }
  /** A chunk that carries nothing but usage: kept back, for the caller gets it with the cost in it, or not at all. */
  | { readonly kind: 'usage' }
  | { readonly kind: 'done' }
  | { readonly kind: 'error'; readonly error: JsonValue }
  | { readonly kind: 'malformed'; readonly note: string }

/** Reads the stream of one attempt as it passes: what was delivered, why it finished, and the provider's usage. */
export type Meter = {
  readonly read: (data: string) => StreamEvent
  /** Takes back the chunk that was read last: it was not delivered. */
  readonly retract: () => void
  /** Whether a choice has begun, be there nothing in it yet. */
  readonly hasBegun: () => boolean
  /** Whether there was anything in the chunks so far: text, reasoning, a refusal, a tool call, audio. */
  readonly hasContent: () => boolean
  /** UTF-8 bytes of the model's own text so far, reasoning and tool arguments included. */
  readonly outputBytes: () => number
  /** Every text that was delivered, for counting; `undefined` once it was too long to keep. */
  readonly outputTexts: () => readonly string[] | undefined
  readonly usage: () => JsonValue | undefined
  /** The id that the provider gave the answer. */
  readonly upstreamId: () => JsonValue | undefined
  /** Choices that have begun and have not finished. */
  readonly openChoices: () => readonly number[]
  readonly finishReason: () => string | undefined
}

/** What a chunk that is taken back has changed. */
type Before = {
  readonly outputBytes: number
  readonly textsKept: number
  readonly finishReason: string | undefined
  readonly hasContent: boolean
}

/** Texts beyond this are no longer kept; their tokens are estimated from their bytes. */
const keptBytesMax = 8 * 1_048_576

export function openMeter(): Meter {
  let texts: string[] | undefined = []
  let outputBytes = 0
  let usage: JsonValue | undefined
  let upstreamId: JsonValue | undefined
  let finishReason: string | undefined
  let [hasBegun, hasContent] = [false, false]
  let before: Before = { outputBytes, textsKept: 0, finishReason, hasContent }
  let lastChoices: readonly JsonValue[] = []
  const open = new Set<number>()

  function keep(text: JsonValue | undefined): void {
    if (typeof text !== 'string' || text === '') return
    outputBytes += Buffer.byteLength(text)
    if (outputBytes > keptBytesMax) texts = undefined
    texts?.push(text)
  }

  function readChoice(choice: JsonValue): void {
    if (!isObject(choice)) return
    const index = indexOf(choice)
    open.add(index)
    keep(choice['text'])
    if (isObject(choice['delta'])) for (const text of textsOf(choice['delta'])) keep(text)
    if (typeof choice['finish_reason'] === 'string') {
      finishReason = choice['finish_reason']
      open.delete(index)
    }
  }

  return {
    read(data) {
      if (data === '[DONE]') return { kind: 'done' }
      const parsed = parseJson(data)
      const chunk = isObject(parsed) ? parsed : {}
      if (isObject(chunk['usage'])) ({ usage } = chunk)
      const other = readOther(parsed)
      if (other) return other
      const choices = chunk['choices'] as readonly JsonValue[]
      upstreamId ??= chunk['id']
      if (choices.length === 0 && isObject(chunk['usage'])) return { kind: 'usage' }
      before = { outputBytes, textsKept: texts?.length ?? 0, finishReason, hasContent }
      lastChoices = choices
      hasBegun ||= choices.length > 0
      hasContent ||= lastChoices.some(choiceHasContent)
      for (const choice of lastChoices) readChoice(choice)
      return { kind: 'chunk', chunk }
    },
    retract() {
      ;({ outputBytes, finishReason, hasContent } = before)
      texts?.splice(before.textsKept)
      for (const choice of lastChoices) if (isObject(choice)) open.add(indexOf(choice))
    },
    hasBegun: () => hasBegun,
    hasContent: () => hasContent,
    outputBytes: () => outputBytes,
    outputTexts: () => texts,
    usage: () => usage,
    upstreamId: () => upstreamId,
    openChoices: () => [...open],
    finishReason: () => finishReason,
  }
}

/** What an event is that is no chunk of an answer. */
function readOther(event: JsonValue | undefined): StreamEvent | undefined {
  if (!isObject(event)) return { kind: 'malformed', note: 'an event that is not a JSON object' }
  const { error, choices, usage } = event
  if (error !== undefined && error !== null) return { kind: 'error', error }
  if (Array.isArray(choices)) return undefined
  return isObject(usage) ? { kind: 'usage' } : { kind: 'malformed', note: 'a chunk without choices' }
}

const indexOf = (choice: JsonObject): number => (typeof choice['index'] === 'number' ? choice['index'] : 0)

/** The texts that a message or a delta of one carries: content, reasoning, refusal, and what tools are called with. */
function textsOf(message: JsonObject): readonly JsonValue[] {
  const calls = Array.isArray(message['tool_calls']) ? (message['tool_calls'] as readonly JsonValue[]) : []
  const called = calls.filter(isObject).map((call) => call['function'] ?? call['custom'])
  const content = Array.isArray(message['content'])
    ? (message['content'] as readonly JsonValue[]).map((part) => (isObject(part) ? (part['text'] ?? '') : ''))
    : [message['content'] ?? '']
  return [
    ...content,
    message['reasoning_content'] ?? message['reasoning'] ?? '',
    message['refusal'] ?? '',
    ...called.filter(isObject).flatMap((call) => [call['name'] ?? '', call['arguments'] ?? call['input'] ?? '']),
  ]
}

/** The texts of a whole answer, for counting when it came without usage. */
export function answerTexts(answer: JsonObject): readonly string[] {
  const choices = Array.isArray(answer['choices']) ? (answer['choices'] as readonly JsonValue[]) : []
  return choices
    .filter(isObject)
    .flatMap((choice) => [choice['text'] ?? '', ...(isObject(choice['message']) ? textsOf(choice['message']) : [])])
    .filter((text): text is string => typeof text === 'string' && text !== '')
}
