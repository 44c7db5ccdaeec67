import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'
import { extraContent, signatureFormat } from './signatures.ts'

/** What the parts of a candidate say, in OpenAI's words: a whole message's, or those of one event of a stream. */
export type Said = {
  readonly content: string
  readonly reasoning: string
  readonly toolCalls: readonly JsonObject[]
  readonly images: readonly JsonObject[]
  /** The signature of the text, which may come on an empty one. */
  readonly signature: string
}

/** Where the parts stand: ids are made of it where Google gives none. */
export type PartsPlace = {
  readonly responseId: string
  readonly choice: number
  readonly toolsBefore: number
  readonly imagesBefore: number
}

export function readParts(parts: JsonValue | undefined, place: PartsPlace): Said {
  let content = ''
  let reasoning = ''
  let signature = ''
  const toolCalls: JsonObject[] = []
  const images: JsonObject[] = []
  for (const part of listOf(parts).map(objectOf)) {
    const { functionCall, inlineData, thought } = part
    if (isObject(functionCall)) {
      toolCalls.push(
        readCall(functionCall, textOf(part['thoughtSignature']), place.toolsBefore + toolCalls.length, place),
      )
      continue
    }
    if (thought === true) reasoning += textOf(part['text'])
    else content += textOf(part['text'])
    // Drafts of a picture are thoughts.
    if (isObject(inlineData) && thought !== true) images.push(readImage(inlineData, place.imagesBefore + images.length))
    signature = textOf(part['thoughtSignature']) || signature
  }
  return { content, reasoning, toolCalls, images, signature }
}

function readCall(call: JsonObject, signature: string, index: number, { responseId, choice }: PartsPlace): JsonObject {
  const id = textOf(call['id'])
  return {
    index,
    id: id === '' ? `call_${responseId}_${choice}_${index}` : id,
    type: 'function',
    function: { name: textOf(call['name']), arguments: JSON.stringify(objectOf(call['args'])) },
    ...(signature !== '' && extraContent(signature)),
  }
}

/** OpenRouter's form of a picture in an answer. */
const readImage = ({ mimeType, data }: JsonObject, index: number): JsonObject => ({
  index,
  type: 'image_url',
  image_url: { url: `data:${textOf(mimeType)};base64,${textOf(data)}` },
})

/**
 * The thinking in OpenRouter's words: the thoughts are block 0, with the signature of the text; the signatures of tool calls
 * are blocks of their own.
 */
function reasoningDetails({ reasoning, signature, toolCalls }: Said): readonly JsonObject[] {
  const details: JsonObject[] = []
  const format = signatureFormat
  if (reasoning !== '' || signature !== '')
    details.push({ type: 'reasoning.text', text: reasoning, ...(signature !== '' && { signature }), format, index: 0 })
  for (const call of toolCalls) {
    const data = textOf(objectOf(objectOf(call['extra_content'])['google'])['thought_signature'])
    const index = (call['index'] as number) + 1
    if (data !== '') details.push({ type: 'reasoning.encrypted', data, id: call['id']!, format, index })
  }
  return details
}

/** The fields of a message, or of a delta, that are not always there. */
export function saidFields(said: Said): JsonObject {
  const details = reasoningDetails(said)
  return {
    ...(said.reasoning !== '' && { reasoning: said.reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(said.toolCalls.length > 0 && { tool_calls: said.toolCalls }),
    ...(said.images.length > 0 && { images: said.images }),
    ...(said.signature !== '' && extraContent(said.signature)),
  }
}
