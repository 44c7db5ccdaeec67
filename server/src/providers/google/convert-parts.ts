import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import type { Part } from './api-types.ts'
import { objectOf, textOf } from '../openai-form.ts'
import { CannotSayError, given, type LeaveOut } from './reading.ts'

/** A content part of OpenAI's form, and the parts that it becomes. */
export type PartRule = {
  readonly handling: 'passed' | 'translated'
  readonly becomes: string
  readonly write: (part: JsonObject, param: string, leaveOut: LeaveOut) => readonly Part[]
}

export const partRules: Readonly<Record<string, PartRule>> = {
  text: {
    handling: 'passed',
    becomes: '`text`',
    write: (part) => textParts(textOf(part['text'])),
  },
  refusal: {
    handling: 'translated',
    becomes: '`text`',
    write: (part) => textParts(textOf(part['refusal'])),
  },
  image_url: {
    handling: 'translated',
    becomes:
      '`inlineData` of a data URL, `fileData` of one of https; what is no picture: refused; `detail` but `auto`: warned',
    write(part, param, leaveOut) {
      const image = part['image_url']
      const detail = given(objectOf(image), 'detail')
      if (detail !== undefined && detail !== 'auto') leaveOut('detail of an image is left out')
      return [media(isObject(image) ? image['url'] : image, `${param}.image_url.url`, pictures)]
    },
  },
  input_audio: {
    handling: 'translated',
    becomes: '`inlineData`',
    write(part, param) {
      const { data, format } = objectOf(part['input_audio'])
      if (typeof data !== 'string' || data === '' || typeof format !== 'string')
        throw new CannotSayError(`'${param}.input_audio' must have data and a format.`)
      return [{ inlineData: { mimeType: `audio/${format}`, data } }]
    },
  },
  file: {
    handling: 'translated',
    becomes: '`inlineData` of a data URL, `fileData` of a PDF or text by https; by id: refused; its name is not told',
    write(part, param) {
      const file = objectOf(part['file'])
      if (given(file, 'file_id') !== undefined)
        throw new CannotSayError(`'${param}.file.file_id' is not possible: files are not kept at Google.`)
      return [media(file['file_data'], `${param}.file.file_data`, documents)]
    },
  },
}

/** What a part may hold: a URL must not bring more than its part is counted as. */
type Media = { readonly usualType: string; readonly sent: RegExp; readonly fetched: RegExp }

const pictures: Media = { usualType: 'image/jpeg', sent: /^image\//, fetched: /^image\// }
const documents: Media = { usualType: 'application/pdf', sent: /./, fetched: /^(application\/pdf|text\/.+)$/ }

/** A text, or content parts, as parts. Empty texts say nothing, and are refused there. */
export function convertContent(content: JsonValue | undefined, param: string, leaveOut: LeaveOut): readonly Part[] {
  if (typeof content === 'string') return textParts(content)
  if (!Array.isArray(content)) return []
  return (content as readonly JsonValue[]).flatMap((part, at) => convertPart(part, `${param}[${at}]`, leaveOut))
}

function convertPart(value: JsonValue, param: string, leaveOut: LeaveOut): readonly Part[] {
  if (typeof value === 'string') return textParts(value)
  const part = objectOf(value)
  const type = textOf(part['type'])
  const rule = Object.hasOwn(partRules, type) ? partRules[type] : undefined
  if (!rule)
    throw new CannotSayError(`'${param}' is of type '${type.slice(0, 100)}', which Google's API does not know.`)
  if (given(part, 'cache_control') !== undefined)
    leaveOut('cache_control of a part is left out: prompts are cached unasked')
  return rule.write(part, param, leaveOut)
}

export const textParts = (text: string): readonly Part[] => (text === '' ? [] : [{ text }])

const dataUrl = /^data:([^;,]*)(?:;[^;,]*)*?(;base64)?,/i

/** A data URL is sent along; what any other stands for is fetched by Google. */
function media(url: JsonValue | undefined, param: string, { usualType, sent, fetched }: Media): Part {
  if (typeof url !== 'string' || url === '') throw new CannotSayError(`'${param}' must be a URL.`)
  if (!/^data:/i.test(url)) {
    const mimeType = typeByName(url) ?? usualType
    if (!isPublic(url))
      throw new CannotSayError(`'${param}' must be a data URL, or one of https that anybody may read.`)
    if (!fetched.test(mimeType))
      throw new CannotSayError(`'${param}' is of type ${mimeType}, which is not possible here.`)
    return { fileData: { mimeType, fileUri: url } }
  }
  const head = dataUrl.exec(url)
  if (!head) throw new CannotSayError(`'${param}' is not a data URL.`)
  const mimeType = head[1] === '' ? usualType : head[1]!.toLowerCase()
  if (!sent.test(mimeType))
    throw new CannotSayError(`'${param}' is of type ${mimeType.slice(0, 100)}, which is not possible here.`)
  const body = url.slice(head[0].length)
  return { inlineData: { mimeType, data: head[2] ? body : base64Of(body, param) } }
}

/** Google reads its own addresses with the operator's credentials: callers must not read the operator's files by them. */
function isPublic(url: string): boolean {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return false
  const { hostname } = new URL(url)
  return !/(^|\.)(googleapis\.com|cloud\.google\.com|drive\.google\.com|docs\.google\.com)$/.test(hostname)
}

function base64Of(percentEncoded: string, param: string): string {
  try {
    return Buffer.from(decodeURIComponent(percentEncoded)).toString('base64')
  } catch {
    throw new CannotSayError(`'${param}' is not a data URL.`)
  }
}

const types: Readonly<Record<string, string>> = {
  ...{ png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', webp: 'image/webp', gif: 'image/gif' },
  ...{ heic: 'image/heic', heif: 'image/heif', pdf: 'application/pdf', txt: 'text/plain', html: 'text/html' },
  ...{ csv: 'text/csv', md: 'text/markdown', mp4: 'video/mp4', mov: 'video/quicktime', webm: 'video/webm' },
  ...{ mp3: 'audio/mp3', wav: 'audio/wav', flac: 'audio/flac', ogg: 'audio/ogg' },
}

function typeByName(url: string): string | undefined {
  const extension = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(types, extension) ? types[extension] : undefined
}
