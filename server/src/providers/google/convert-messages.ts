import { isObject, parseJson, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Content, Part, Place } from './api-types.ts'
import { convertContent, textParts } from './convert-parts.ts'
import type { ModelTraits } from './model-traits.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'
import { CannotSayError, given, type LeaveOut } from './reading.ts'
import { readThinking, signatureLost } from './signatures.ts'

export type MessageOptions = {
  readonly place: Place
  readonly traits: ModelTraits
  readonly leaveOut: LeaveOut
}

export type Conversation = {
  readonly systemInstruction?: { readonly parts: readonly Part[] }
  readonly contents: readonly Content[]
}

/** A turn under way. Results of tools make a turn of their own: their number has to be that of the calls before them. */
type Turn = { readonly role: 'user' | 'model'; readonly isResults: boolean; readonly parts: Part[] }

/** OpenAI's messages as contents: turns of one role are joined, and what opens as a system prompt stands apart. */
export function convertMessages(messages: JsonValue | undefined, options: MessageOptions): Conversation {
  const system: Part[] = []
  const turns: Turn[] = []
  const names = new Map<JsonValue, string>()

  function add(role: Turn['role'], parts: readonly Part[], isResults = false): void {
    if (parts.length === 0) return
    const last = turns.at(-1)
    if (last?.role === role && last.isResults === isResults) last.parts.push(...parts)
    else turns.push({ role, isResults, parts: [...parts] })
  }

  for (const { at, message } of inOrderOfCalls(listOf(messages).map(objectOf))) {
    const param = `messages[${at}]`
    tellUnsaid(message, options.leaveOut)
    switch (message['role']) {
      case 'system':
      case 'developer': {
        const parts = convertContent(message['content'], `${param}.content`, options.leaveOut)
        if (turns.length === 0) system.push(...parts)
        else if (parts.length > 0) {
          options.leaveOut('the role of a later system message is left out: it is said as the user')
          add('user', parts)
        }
        break
      }
      case 'user':
        add('user', convertContent(message['content'], `${param}.content`, options.leaveOut))
        break
      case 'assistant':
        for (const call of toolCallsOf(message)) names.set(call['id'] ?? null, nameOf(call))
        add('model', convertAssistant(message, param, options))
        break
      case 'tool':
      case 'function':
        add('user', convertResult(message, param, names, options), true)
        break
      default:
        throw new CannotSayError(`'${param}.role' must be system, developer, user, assistant or tool.`)
    }
  }
  return withSystem(system, turns, options.traits)
}

type Placed = { readonly at: number; readonly message: JsonObject }

/** Results in the order of their calls: where calls have no ids that alone tells them apart. */
function inOrderOfCalls(messages: readonly JsonObject[]): readonly Placed[] {
  const ordered: Placed[] = []
  let places = new Map<JsonValue, number>()
  let results: Placed[] = []
  const placeOf = ({ message }: Placed) => places.get(message['tool_call_id'] ?? null) ?? places.size
  const flush = () => {
    ordered.push(...results.toSorted((a, b) => placeOf(a) - placeOf(b)))
    results = []
  }
  for (const [at, message] of messages.entries()) {
    if (message['role'] === 'tool') results.push({ at, message })
    else {
      flush()
      ordered.push({ at, message })
      if (message['role'] === 'assistant')
        places = new Map(toolCallsOf(message).map(({ id }, place) => [id ?? null, place]))
    }
  }
  flush()
  return ordered
}

function withSystem(system: readonly Part[], turns: readonly Turn[], { takesSystem }: ModelTraits): Conversation {
  const contents = turns.map(({ role, parts }): Content => ({ role, parts }))
  if (system.length === 0) return { contents }
  // There has to be a turn.
  if (takesSystem && contents.length > 0) return { systemInstruction: { parts: system }, contents }
  const [first, ...rest] = contents
  return first?.role === 'user'
    ? { contents: [{ role: 'user', parts: [...system, ...first.parts] }, ...rest] }
    : { contents: [{ role: 'user', parts: system }, ...contents] }
}

const saidElsewhere: ReadonlySet<string> = new Set([
  ...['role', 'content', 'refusal', 'tool_calls', 'function_call', 'tool_call_id', 'is_error', 'images'],
  ...['reasoning', 'reasoning_content', 'reasoning_details', 'extra_content', 'annotations'],
])

function tellUnsaid(message: JsonObject, leaveOut: LeaveOut): void {
  for (const name of Object.keys(message)) {
    if (saidElsewhere.has(name) || given(message, name) === undefined) continue
    if (name === 'name' && message['role'] === 'function') continue
    leaveOut(`${name.slice(0, 100)} of a message is left out`)
  }
}

/** The tool calls of a message, one of the older form among them. */
function toolCallsOf(message: JsonObject): readonly JsonObject[] {
  const calls = listOf(message['tool_calls']).map(objectOf)
  return isObject(message['function_call']) ? [...calls, { function: message['function_call'] }] : calls
}

const nameOf = (call: JsonObject): string => textOf(objectOf(call['function'])['name'])

/** Parts in the order in which Gemini gives them: thoughts, text, pictures, calls; each with its signature. */
function convertAssistant(message: JsonObject, param: string, options: MessageOptions): readonly Part[] {
  const { leaveOut, traits } = options
  const thinking = readThinking(message, leaveOut)
  const thoughts: Part[] = thinking.thoughts.map((text) => ({ text, thought: true }))
  const said: Part[] = [
    ...convertContent(message['content'], `${param}.content`, leaveOut),
    ...textParts(textOf(message['refusal'])),
    ...convertContent(message['images'], `${param}.images`, leaveOut),
  ]
  const calls = toolCallsOf(message).map((call, at) =>
    signed(convertCall(call, `${param}.tool_calls[${at}]`, options), thinking.ofCalls[at] ?? ''),
  )
  placeSignature(thinking.ofText, { thoughts, said, calls })
  const first = calls[0]
  if (first && traits.wantsSignatures && calls.every(isUnsigned)) calls[0] = signed(first, signatureLost)
  return [...thoughts, ...said, ...calls]
}

const signed = (part: Part, signature: string): Part =>
  signature === '' ? part : { ...part, thoughtSignature: signature }

const isUnsigned = ({ thoughtSignature }: Part): boolean => thoughtSignature === undefined

type Pieces = { readonly thoughts: Part[]; readonly said: Part[]; readonly calls: Part[] }

/**
 * Signs the end of the text. Where there is none it is the first call that wants a signature, or the last thought; an answer
 * that said nothing has it on an empty text, as Gemini sends it.
 */
function placeSignature(signature: string, { thoughts, said, calls }: Pieces): void {
  if (signature === '') return
  const [first] = calls
  if (said.length === 0 && first && calls.every(isUnsigned)) calls[0] = signed(first, signature)
  else {
    const parts = said.length > 0 || thoughts.length === 0 ? said : thoughts
    parts.push(signed(parts.pop() ?? { text: '' }, signature))
  }
}

function convertCall(call: JsonObject, param: string, { place, leaveOut }: MessageOptions): Part {
  if (given(call, 'cache_control') !== undefined)
    leaveOut('cache_control of a tool call is left out: prompts are cached unasked')
  const { name, arguments: args } = objectOf(call['function'])
  if (typeof name !== 'string' || name === '') throw new CannotSayError(`'${param}' must be a function with a name.`)
  const parsed = typeof args === 'string' && args.trim() !== '' ? parseJson(args) : (args ?? {})
  // What a model broke off in the middle of is no object; it is given back as the text that it is.
  const whole = isObject(parsed) ? parsed : args === '' ? {} : { INVALID_JSON: args ?? null }
  return { functionCall: { ...idOf(call['id'], place), name, args: whole } }
}

/** Vertex AI refuses the ids of calls; it goes by their order. */
const idOf = (id: JsonValue | undefined, place: Place): { readonly id?: string } =>
  place === 'gemini' && typeof id === 'string' && id !== '' ? { id } : {}

function convertResult(
  message: JsonObject,
  param: string,
  names: ReadonlyMap<JsonValue, string>,
  { place, traits, leaveOut }: MessageOptions,
): readonly Part[] {
  const isOlder = message['role'] === 'function'
  const id = message['tool_call_id']
  const name = isOlder ? textOf(message['name']) : names.get(id ?? null)
  if (name === undefined || name === '')
    throw new CannotSayError(`'${param}.${isOlder ? 'name' : 'tool_call_id'}' names no tool call before it.`)
  const parts = convertContent(message['content'], `${param}.content`, leaveOut)
  const output = parts.map(({ text }) => text ?? '').join('')
  const others = parts.filter(({ text }) => text === undefined)
  const response = { [message['is_error'] === true ? 'error' : 'output']: output }
  const attached = traits.mediaInResults && others.length > 0 ? { parts: others } : {}
  const result: Part = { functionResponse: { ...idOf(id, place), name, response, ...attached } }
  return traits.mediaInResults ? [result] : [result, ...others]
}
