import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, partsOf, present, saysNothing, textOf } from '../openai-form.ts'

/** What becomes of the parts of a message, by type, as the reference tells it. */
export const partRules = {
  text: { handling: 'translated', becomes: '`input_text`; of the assistant: `output_text`' },
  image_url: { handling: 'translated', becomes: '`input_image`, with its `detail`' },
  file: { handling: 'translated', becomes: '`input_file`, by id, by URL, or with its data' },
  refusal: { handling: 'translated', becomes: '`refusal`' },
  input_audio: { handling: 'refused', becomes: 'this API does not hear' },
} as const

/** What a user, or a tool, has said: plain text where it is nothing else. */
export function convertInput(content: JsonValue | undefined, notes: Notes): string | readonly JsonObject[] {
  const parts = partsOf(content).map((part) => convertInputPart(part, notes))
  return parts.every((part) => part['type'] === 'input_text') ? parts.map(({ text }) => textOf(text)).join('') : parts
}

function convertInputPart(part: JsonObject, notes: Notes): JsonObject {
  if (!saysNothing(part['cache_control'])) notes.leaveOut('cache_control of a part')
  switch (part['type']) {
    case 'text':
      return { type: 'input_text', text: textOf(part['text']) }
    case 'image_url': {
      const { url, detail } = objectOf(part['image_url'])
      return { type: 'input_image', image_url: textOf(url), detail: textOf(detail) || 'auto' }
    }
    case 'file':
      return { type: 'input_file', ...convertFile(objectOf(part['file'])) }
    default:
      notes.refuse(`messages: a part of type ${JSON.stringify(textOf(part['type']).slice(0, 100))} cannot be sent here`)
      return part
  }
}

function convertFile({ file_id: id, file_data: data, filename }: JsonObject): JsonObject {
  if (!saysNothing(id)) return { file_id: textOf(id) }
  if (/^https?:/i.test(textOf(data))) return { file_url: textOf(data) }
  return { ...present('filename', filename), file_data: textOf(data) }
}

/** What the model itself has said before. */
export function convertOutput(message: JsonObject, notes: Notes): readonly JsonObject[] {
  const parts = partsOf(message['content']).map((part) => convertOutputPart(part, notes))
  const refusal = textOf(message['refusal'])
  const said = parts.filter((part) => textOf(part['text']) !== '' || part['type'] === 'refusal')
  return refusal === '' ? said : [...said, { type: 'refusal', refusal }]
}

function convertOutputPart(part: JsonObject, notes: Notes): JsonObject {
  if (!saysNothing(part['cache_control'])) notes.leaveOut('cache_control of a part')
  if (part['type'] === 'refusal') return { type: 'refusal', refusal: textOf(part['refusal']) }
  if (part['type'] !== 'text') notes.refuse('messages: what the assistant said before is text alone here')
  return { type: 'output_text', text: textOf(part['text']) }
}
