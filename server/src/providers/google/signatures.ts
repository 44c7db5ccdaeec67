import { isObject, type JsonObject } from '../../core/json.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'
import { given, type LeaveOut } from './reading.ts'

/** Who signed an entry of `reasoning_details`, in OpenRouter's words. */
export const signatureFormat = 'google-gemini-v1'

/** Google's documented word for a tool call whose signature is lost, as when another model made it. */
export const signatureLost = 'skip_thought_signature_validator'

/** A signature where Google's own layer for OpenAI's clients has it: on a tool call, or on a message for its text. */
export const extraContent = (signature: string): JsonObject => ({
  extra_content: { google: { thought_signature: signature } },
})

const extraSignature = (object: JsonObject): string =>
  textOf(objectOf(objectOf(object['extra_content'])['google'])['thought_signature'])

/** The thinking that an assistant's message brings back: summaries, and the signatures that belong to its parts. */
export type Thinking = {
  readonly thoughts: readonly string[]
  /** Of the text, or of the last thought where there is no text. */
  readonly ofText: string
  /** Of each tool call, in the order of the calls; empty where there is none. */
  readonly ofCalls: readonly string[]
}

/**
 * Collects the thinking from both places that may hold it: `extra_content`, and `reasoning_details`. Of the latter, an
 * encrypted entry belongs to the tool call of its id, or to the first call that has no signature; a signature beside a text
 * belongs to the text. What does not say that it is Google's is not sent: a signature of another is refused.
 */
export function readThinking(message: JsonObject, leaveOut: LeaveOut): Thinking {
  const calls = listOf(message['tool_calls']).map(objectOf)
  const ofCalls = calls.map(extraSignature)
  const thoughts: string[] = []
  let ofText = extraSignature(message)
  const unplaced: string[] = []

  function place(detail: JsonObject): void {
    const at = calls.findIndex((call) => typeof detail['id'] === 'string' && call['id'] === detail['id'])
    const data = textOf(detail['data'])
    if (at === -1) unplaced.push(data)
    else if (ofCalls[at] === '') ofCalls[at] = data
  }

  const details = listOf(message['reasoning_details']).filter(isObject)
  for (const detail of details) {
    const text = textOf(detail['text'] ?? detail['summary'])
    if (text !== '') thoughts.push(text)
    const signature = textOf(detail['signature'])
    const data = textOf(detail['data'])
    if (signature === '' && data === '') continue
    if (detail['format'] !== signatureFormat) leaveOut("another provider's signature in reasoning_details is left out")
    else if (data !== '') place(detail)
    else if (ofText === '') ofText = signature
  }
  const known = new Set([...ofCalls, ofText])
  for (const data of unplaced.filter((each) => !known.has(each))) {
    const at = ofCalls.indexOf('')
    if (at !== -1) ofCalls[at] = data
    else if (ofText === '') ofText = data
  }
  return { thoughts: thoughts.length > 0 ? thoughts : plainThoughts(message), ofText, ofCalls }
}

function plainThoughts(message: JsonObject): readonly string[] {
  const text = textOf(given(message, 'reasoning_content') ?? given(message, 'reasoning'))
  return text === '' ? [] : [text]
}
