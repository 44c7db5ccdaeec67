import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { AskedCall } from '../translation.ts'
import type { Place } from './api-types.ts'
import { convertMessages } from './convert-messages.ts'
import { traitsOf } from './model-traits.ts'
import { prepareFormat } from './prepare-format.ts'
import { writeThinking } from './prepare-thinking.ts'
import { prepareTools } from './prepare-tools.ts'
import { saysNothing, textOf } from '../openai-form.ts'
import { given, type LeaveOut } from './reading.ts'
import { requestFields, type Writing } from './request-fields.ts'

/** A chat completion as a GenerateContentRequest. Throws `CannotSayError`. */
export function writeChat({ body }: AskedCall, place: Place, leaveOut: LeaveOut): JsonObject {
  const traits = traitsOf(textOf(body['model']))
  const writing: Writing = { place, traits, leaveOut }
  const { config, request } = writeFields(body, writing)
  const thinkingConfig = writeThinking(body, traits, leaveOut)
  const format = prepareFormat(body, traits, leaveOut)
  const generationConfig = { ...config, ...format.config, ...(thinkingConfig && { thinkingConfig }) }
  const messages =
    format.instruction === undefined ? body['messages'] : instructed(body['messages'], format.instruction)
  return {
    ...convertMessages(messages, writing),
    ...prepareTools(body, leaveOut),
    ...request,
    ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
  }
}

function writeFields(body: JsonObject, writing: Writing) {
  const config: Record<string, JsonValue> = {}
  const request: Record<string, JsonValue> = {}
  for (const name of Object.keys(body)) {
    const value = given(body, name)
    if (value === undefined) continue
    const rule = Object.hasOwn(requestFields, name) ? requestFields[name] : undefined
    if (!rule && !saysNothing(value)) writing.leaveOut(`${name.slice(0, 100)} is left out: it has no word there`)
    Object.assign(config, rule?.config?.(value, writing))
    Object.assign(request, rule?.request?.(value, writing))
  }
  return { config, request }
}

const instructed = (messages: JsonValue | undefined, text: string): readonly JsonValue[] => [
  { role: 'system', content: text },
  ...((messages ?? []) as readonly JsonValue[]),
]
