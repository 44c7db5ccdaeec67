import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { asList, asObject, asText, given, type Handling, invalid, present, warnOthers, type Warn } from '../reading.ts'

/** A content part, and what it becomes in OpenAI's chat form. */
export type PartRule = {
  readonly handling: Handling
  readonly becomes: string
  /** Its fields that are understood, `type` besides; each other one is warned of. */
  readonly fields: readonly string[]
  readonly read: (part: JsonObject, param: string, warn: Warn) => JsonObject
}

const plainText: PartRule = {
  handling: 'passed',
  becomes: 'text part, or plain text',
  fields: ['text'],
  read: (part, param) => textPart(asText(part['text'], `${param}.text`)),
}

export const partRules: Readonly<Record<string, PartRule>> = {
  input_text: plainText,
  text: plainText,
  output_text: {
    ...plainText,
    becomes: 'text part, or plain text; its annotations and logprobs are nothing that a model reads',
    // The last one is what OpenAI's client adds by itself.
    fields: ['text', 'annotations', 'logprobs', 'parsed'],
  },
  refusal: {
    handling: 'translated',
    becomes: '`refusal` of the assistant message',
    fields: ['refusal'],
    read: (part, param) => ({ type: 'refusal', refusal: asText(part['refusal'], `${param}.refusal`) }),
  },
  input_image: {
    handling: 'translated',
    becomes: '`image_url` part; detail `original`: `high`; by file id: refused',
    fields: ['image_url', 'detail', 'file_id'],
    read: readImage,
  },
  input_file: {
    handling: 'translated',
    becomes: '`file` part by base64, URL or file id',
    fields: ['file_data', 'file_url', 'file_id', 'filename'],
    read: readFile,
  },
  input_audio: {
    handling: 'passed',
    becomes: '`input_audio` part',
    fields: ['input_audio'],
    read: (part, param) => ({
      type: 'input_audio',
      input_audio: asObject(part['input_audio'], `${param}.input_audio`),
    }),
  },
}

/** What a caller, and what a model, says. */
export const inputParts = ['input_text', 'text', 'input_image', 'input_file', 'input_audio']
export const outputParts = ['output_text', 'input_text', 'text', 'refusal']

/** A text, or parts of the types that are possible at this place, as content parts of a chat message. */
export function readParts(
  content: JsonValue | undefined,
  param: string,
  types: readonly string[],
  warn: Warn,
): readonly JsonObject[] {
  if (typeof content === 'string') return [textPart(content)]
  return asList(content, param).map((item, at) => {
    const place = `${param}[${at}]`
    const part = asObject(item, place)
    const type = asText(part['type'], `${place}.type`)
    const rule = types.includes(type) ? partRules[type] : undefined
    if (!rule)
      throw invalid(`${place}.type`, `'${place}' is of type ${typeName(type)}; possible here: ${types.join(', ')}.`)
    warnOthers(part, ['type', ...rule.fields], place, warn)
    return rule.read(part, place, warn)
  })
}

/** A type as a message names it, whatever it is. */
export const typeName = (type: JsonValue | undefined): string =>
  `'${(JSON.stringify(type) ?? 'none').replaceAll('"', '').slice(0, 100)}'`

export const textPart = (text: string): JsonObject => ({ type: 'text', text })

export const isTextPart = (part: JsonObject): boolean => part['type'] === 'text'

/** Plain text where the parts are no more than that: every server takes it, and not every one takes parts. */
export const contentOf = (parts: readonly JsonObject[]): JsonValue =>
  parts.length === 0 ? '' : parts.length === 1 && isTextPart(parts[0]!) ? parts[0]!['text']! : parts

function readImage(part: JsonObject, param: string): JsonObject {
  const url = given(part, 'image_url')
  if (url === undefined || given(part, 'file_id') !== undefined)
    throw invalid(param, `'${param}' must have an image_url (https or data URL): no files are stored here.`)
  const detail = given(part, 'detail')
  const level = detail === 'original' ? 'high' : detail && asText(detail, `${param}.detail`)
  return { type: 'image_url', image_url: { url: asText(url, `${param}.image_url`), ...present('detail', level) } }
}

/** A URL stands where OpenRouter's form has it: in `file_data`. */
function readFile(part: JsonObject, param: string): JsonObject {
  const data = given(part, 'file_data') ?? given(part, 'file_url')
  const id = given(part, 'file_id')
  const name = given(part, 'filename')
  if (data === undefined && id === undefined)
    throw invalid(param, `'${param}' must have file_data, file_url or file_id.`)
  return {
    type: 'file',
    file: {
      ...present('filename', name && asText(name, `${param}.filename`)),
      ...present('file_data', data && asText(data, `${param}.file_data`)),
      ...present('file_id', id && asText(id, `${param}.file_id`)),
    },
  }
}
