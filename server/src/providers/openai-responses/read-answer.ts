import type { JsonObject } from '../../core/json.ts'
import { completionOf, listOf, objectOf, objectsOf, present, textOf } from '../openai-form.ts'
import type { AnswerFacts } from '../translation.ts'
import { convertUsage } from './convert-usage.ts'
import { errorOf } from './error.ts'
import { mapFinishReason } from './map-finish-reason.ts'
import { encryptedDetail, summaryDetail, textDetail } from './reasoning-details.ts'

/** A response as a chat completion; one that failed as its error. */
export function readAnswer(response: JsonObject, { call, created }: AnswerFacts): JsonObject | undefined {
  const { status, output, usage } = response
  if (status === 'failed') return { error: errorOf(response['error']) }
  if (!Array.isArray(output) || (status !== 'completed' && status !== 'incomplete')) return undefined
  const items = objectsOf(output)
  const parts = items.filter(({ type }) => type === 'message').map(({ content }) => objectsOf(content))
  const calls = items.flatMap(readToolCall).map((toolCall, index) => ({ index, ...toolCall }))
  const texts = parts.map(textOfParts).filter((text) => text !== '')
  const refusals = parts.flat().flatMap(({ refusal }) => textOf(refusal) || [])
  const completion = completionOf(
    { id: textOf(response['id']), created, model: textOf(response['model']) },
    {
      message: {
        content: texts.length === 0 ? null : texts.join(betweenMessages),
        refusal: refusals.length === 0 ? null : refusals.join(''),
        ...(!excludesReasoning(call.body) && readReasoning(items)),
        ...(calls.length > 0 && { tool_calls: calls }),
      },
      ending: {
        ...mapFinishReason(response, calls.length > 0),
        ...readLogprobs(parts.flat().flatMap(({ logprobs }) => objectsOf(logprobs))),
      },
      usage: convertUsage(objectOf(usage)),
    },
  )
  return { ...completion, ...present('service_tier', response['service_tier']) }
}

/** A model may say something before it calls tools, and again after it: in a chat completion that is one text. */
export const betweenMessages = '\n\n'

export const excludesReasoning = (body: JsonObject): boolean => objectOf(body['reasoning'])['exclude'] === true

const textOfParts = (parts: readonly JsonObject[]): string =>
  parts.map((part) => (part['type'] === 'output_text' ? textOf(part['text']) : '')).join('')

/** The call that an item is, if it is one. */
function readToolCall(item: JsonObject): readonly JsonObject[] {
  const id = textOf(item['call_id'])
  const name = textOf(item['name'])
  switch (item['type']) {
    case 'function_call':
      return [{ id, type: 'function', function: { name, arguments: textOf(item['arguments']) } }]
    case 'custom_tool_call':
      return [{ id, type: 'custom', custom: { name, input: textOf(item['input']) } }]
    default:
      return []
  }
}

function readReasoning(items: readonly JsonObject[]): JsonObject {
  const details: JsonObject[] = []
  const texts: string[] = []
  for (const item of items) {
    if (item['type'] !== 'reasoning') continue
    const id = textOf(item['id'])
    const place = () => ({ id, index: details.length })
    for (const { text } of objectsOf(item['summary'])) {
      details.push(summaryDetail(textOf(text), place()))
      texts.push(textOf(text))
    }
    for (const { text } of objectsOf(item['content'])) {
      details.push(textDetail(textOf(text), place()))
      texts.push(textOf(text))
    }
    const data = textOf(item['encrypted_content'])
    if (data !== '') details.push(encryptedDetail(data, place()))
  }
  if (details.length === 0) return {}
  return { ...(texts.length > 0 && { reasoning: texts.join(betweenMessages) }), reasoning_details: details }
}

/** The probabilities of tokens, where they were asked for. */
export function readLogprobs(logprobs: readonly JsonObject[]): JsonObject {
  if (logprobs.length === 0) return {}
  const content = logprobs.map((entry) => ({
    ...withBytes(entry),
    top_logprobs: objectsOf(entry['top_logprobs']).map(withBytes),
  }))
  return { logprobs: { content, refusal: null } }
}

const withBytes = (entry: JsonObject): JsonObject => ({
  token: textOf(entry['token']),
  logprob: entry['logprob'] ?? 0,
  bytes: Array.isArray(entry['bytes']) ? listOf(entry['bytes']) : null,
})
