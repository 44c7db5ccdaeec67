import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Notes } from '../field-rules.ts'
import { objectOf, partsOf, readDataUrl, textOf } from '../openai-form.ts'
import type { Block } from './api-types.ts'

/** What becomes of the parts of a message, as the reference tells it. */
export const partRules = {
  text: { handling: 'translated', becomes: '`text`; blank ones are dropped: the API refuses them' },
  image_url: {
    handling: 'translated',
    becomes: '`image` by base64 data URL; by web address: refused; `detail` is dropped',
  },
  file: {
    handling: 'translated',
    becomes: '`document` by base64 data URL: PDF, Word, Excel, CSV, HTML, Markdown, text; else refused',
  },
  input_audio: { handling: 'translated', becomes: '`audio`' },
  video_url: { handling: 'translated', becomes: '`video` by base64 data URL; else refused' },
  refusal: { handling: 'translated', becomes: '`text`' },
} as const

/** Content as blocks, each cache mark a cache point behind its block where the model knows them. */
export function convertParts(content: JsonValue | undefined, caches: boolean, notes: Notes): readonly Block[] {
  return partsOf(content).flatMap((part, at) => {
    const blocks = convertPart(part, at, notes)
    return blocks.length === 0 ? [] : [...blocks, ...cachePointOf(part, caches, notes)]
  })
}

/** The cache point that a mark asks for. */
export function cachePointOf(marked: JsonObject, caches: boolean, notes: Notes): readonly Block[] {
  const mark = marked['cache_control']
  if (mark === undefined || mark === null) return []
  if (!caches) {
    notes.leaveOut('cache_control', 'this model does not know it')
    return []
  }
  return [{ cachePoint: { type: 'default' } }]
}

export const textBlocks = (text: string): readonly Block[] => (text.trim() === '' ? [] : [{ text }])

function convertPart(part: JsonObject, at: number, notes: Notes): readonly Block[] {
  const type = textOf(part['type'])
  switch (type) {
    case 'text':
      return textBlocks(textOf(part['text']))
    case 'refusal':
      return textBlocks(textOf(part['refusal']))
    case 'image_url':
      return convertMedia('image', urlOf(part['image_url']), notes)
    case 'video_url':
      return convertMedia('video', urlOf(part['video_url']), notes)
    case 'input_audio': {
      const { data, format } = objectOf(part['input_audio'])
      return [{ audio: { format: textOf(format), source: { bytes: textOf(data) } } }]
    }
    case 'file':
      return convertFile(objectOf(part['file']), at, notes)
    default:
      notes.refuse(`a content part of type ${JSON.stringify(type.slice(0, 100))} cannot be said to this provider`)
      return []
  }
}

const urlOf = (value: JsonValue | undefined): string =>
  typeof value === 'string' ? value : textOf(objectOf(value)['url'])

function convertMedia(kind: 'image' | 'video', url: string, notes: Notes): readonly Block[] {
  const data = readDataUrl(url)
  const [type, format] = data?.mediaType.split('/') ?? []
  if (data && type === kind && format !== undefined) return [{ [kind]: { format, source: { bytes: data.base64 } } }]
  notes.refuse(`${kind}_url: the provider takes base64 data URLs of ${kind}s alone`)
  return []
}

const documentFormats: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
}

function convertFile(file: JsonObject, at: number, notes: Notes): readonly Block[] {
  const data = readDataUrl(textOf(file['file_data']))
  const format = data && documentFormats[data.mediaType]
  if (!data || format === undefined) {
    notes.refuse('file: the provider takes documents as base64 data URLs of a type that it knows')
    return []
  }
  return [{ document: { format, name: documentName(textOf(file['filename']), at), source: { bytes: data.base64 } } }]
}

/** Names may have letters, digits, single spaces, hyphens and brackets; two of one name are refused. */
function documentName(filename: string, at: number): string {
  const plain = filename
    .replace(/\.[^.]*$/, '')
    .replaceAll(/[^a-zA-Z0-9\-()[\]]+/g, ' ')
    .trim()
    .slice(0, 150)
  return plain === '' ? `document ${at + 1}` : `${plain} ${at + 1}`
}
