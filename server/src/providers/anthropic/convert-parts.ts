import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, partsOf, present, readDataUrl, textOf } from '../openai-form.ts'
import type { Block } from './api-types.ts'

/** What becomes of the parts of a message, as the reference tells it. */
export const partRules = {
  text: { handling: 'passed', becomes: '`text` block; blank ones are dropped: the API refuses them' },
  image_url: {
    handling: 'translated',
    becomes: '`image` block: a data URL as base64, any other by URL; `detail` is dropped',
  },
  file: {
    handling: 'translated',
    becomes: '`document` block: PDF by data URL, URL or file id, plain text by data URL; else refused',
  },
  refusal: { handling: 'translated', becomes: '`text` block' },
  input_audio: { handling: 'refused', becomes: 'Claude does not hear' },
  video_url: { handling: 'refused', becomes: 'Claude does not watch' },
} as const

/** Content as blocks. What has to be said and cannot be refuses the request: an answer to half of it is another answer. */
export const convertParts = (content: JsonValue | undefined, notes: Notes): readonly Block[] =>
  partsOf(content).flatMap((part) => convertPart(part, notes).map((block) => ({ ...block, ...markOf(part) })))

/** The cache mark of a part, a call or a tool. */
export const markOf = (marked: JsonObject): JsonObject => present('cache_control', marked['cache_control'])

export const textBlocks = (text: string): readonly Block[] => (text.trim() === '' ? [] : [{ type: 'text', text }])

function convertPart(part: JsonObject, notes: Notes): readonly Block[] {
  const type = textOf(part['type'])
  switch (type) {
    case 'text':
      return textBlocks(textOf(part['text']))
    case 'refusal':
      return textBlocks(textOf(part['refusal']))
    case 'image_url':
      return convertImage(part['image_url'], notes)
    case 'file':
      return convertFile(objectOf(part['file']), notes)
    case 'input_audio':
    case 'video_url':
      notes.refuse(`${type}: ${partRules[type].becomes}`)
      return []
    default:
      notes.refuse(`a content part of type ${JSON.stringify(type.slice(0, 100))} cannot be said to this provider`)
      return []
  }
}

const webUrl = /^https?:\/\//i

function convertImage(image: JsonValue | undefined, notes: Notes): readonly Block[] {
  const url = typeof image === 'string' ? image : textOf(objectOf(image)['url'])
  const data = readDataUrl(url)
  if (data) return [{ type: 'image', source: { type: 'base64', media_type: data.mediaType, data: data.base64 } }]
  if (webUrl.test(url)) return [{ type: 'image', source: { type: 'url', url } }]
  notes.refuse('image_url: the provider takes base64 data URLs and web addresses')
  return []
}

function convertFile(file: JsonObject, notes: Notes): readonly Block[] {
  const source = sourceOf(file)
  if (source) return [{ type: 'document', source, ...present('title', file['filename']) }]
  notes.refuse('file: the provider takes PDF and plain text')
  return []
}

function sourceOf(file: JsonObject): JsonObject | undefined {
  const fileId = textOf(file['file_id'])
  if (fileId !== '') return { type: 'file', file_id: fileId }
  const url = textOf(file['file_data'])
  if (webUrl.test(url)) return { type: 'url', url }
  const data = readDataUrl(url)
  if (data?.mediaType === 'application/pdf') return { type: 'base64', media_type: 'application/pdf', data: data.base64 }
  if (data?.mediaType === 'text/plain') {
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data.base64, 'base64').toString('utf8') }
  }
  return undefined
}
