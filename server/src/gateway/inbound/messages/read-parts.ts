import { isObject, type JsonObject, type JsonValue } from '../../../core/json.ts'
import { asList, asObject, asText, given, type Handling, invalid, present, warnOthers, type Warn } from '../reading.ts'

/** A content block that a model reads, and what it becomes: content parts in OpenAI's form. */
export type PartRule = {
  readonly handling: Handling
  readonly becomes: string
  /** Its fields that are understood, `type` and `cache_control` besides; each other one is warned of. */
  readonly fields: readonly string[]
  readonly read: (block: JsonObject, param: string, warn: Warn) => readonly JsonObject[]
}

export const partRules: Readonly<Record<string, PartRule>> = {
  text: {
    handling: 'passed',
    becomes: 'text part, or plain text',
    fields: ['text'],
    read: (block, param) => [textPart(asText(block['text'], `${param}.text`))],
  },
  image: {
    handling: 'translated',
    becomes: '`image_url` part; base64 as a data URL; by file id: refused',
    fields: ['source'],
    read: (block, param) => [{ type: 'image_url', image_url: { url: imageUrl(block, `${param}.source`) } }],
  },
  document: {
    handling: 'translated',
    becomes: '`file` part for PDF by base64, URL or file id; text and content as text parts; title and context as text',
    fields: ['source', 'title', 'context'],
    read: readDocument,
  },
  search_result: {
    handling: 'translated',
    becomes: 'text part with title, source and texts',
    fields: ['source', 'title', 'content'],
    read(block, param, warn) {
      const head = `${asText(block['title'], `${param}.title`)}\n${asText(block['source'], `${param}.source`)}`
      return [textPart(head), ...readParts(block['content'], `${param}.content`, ['text'], warn)]
    },
  },
}

/** A text, or blocks of the types that are possible at this place, as content parts. */
export function readParts(
  content: JsonValue | undefined,
  param: string,
  types: readonly string[],
  warn: Warn,
): readonly JsonObject[] {
  if (typeof content === 'string') return [textPart(content)]
  return asList(content, param).flatMap((item, at) => {
    const block = asObject(item, `${param}[${at}]`)
    return readPart(block, `${param}[${at}]`, types, warn)
  })
}

/** One block; its `cache_control` is kept on the last part that it becomes, for providers that know it. */
export function readPart(
  block: JsonObject,
  param: string,
  types: readonly string[],
  warn: Warn,
): readonly JsonObject[] {
  const type = asText(block['type'], `${param}.type`)
  const rule = types.includes(type) ? partRules[type] : undefined
  if (!rule)
    throw invalid(`${param}.type`, `'${param}' is of type '${type.slice(0, 100)}'; possible here: ${types.join(', ')}.`)
  const parts = rule.read(block, param, warn)
  warnOthers(block, ['type', 'cache_control', ...rule.fields], param, warn)
  return withCacheControl(parts, given(block, 'cache_control'))
}

export function withCacheControl(
  parts: readonly JsonObject[],
  cacheControl: JsonValue | undefined,
): readonly JsonObject[] {
  if (cacheControl === undefined) return parts
  return parts.map((part, at) => (at === parts.length - 1 ? { ...part, cache_control: cacheControl } : part))
}

export const textPart = (text: string): JsonObject => ({ type: 'text', text })

/** Plain text where the parts are no more than that: every server takes it, and not every one takes parts. */
export function contentOf(parts: readonly JsonObject[]): JsonValue {
  const [only] = parts
  if (parts.length === 0) return ''
  return parts.length === 1 && only!['type'] === 'text' && only!['cache_control'] === undefined ? only!['text']! : parts
}

function imageUrl(block: JsonObject, param: string): string {
  const source = asObject(block['source'], param)
  switch (source['type']) {
    case 'base64':
      return dataUrl(source, param)
    case 'url':
      return asText(source['url'], `${param}.url`)
    default:
      throw invalid(`${param}.type`, `'${param}' must be of type base64 or url: files of Anthropic are not known here.`)
  }
}

const dataUrl = (source: JsonObject, param: string): string =>
  `data:${asText(source['media_type'], `${param}.media_type`)};base64,${asText(source['data'], `${param}.data`)}`

function readDocument(block: JsonObject, param: string, warn: Warn): readonly JsonObject[] {
  const title = given(block, 'title')
  const context = given(block, 'context')
  const about = [title, context].filter((text) => text !== undefined).map((text) => asText(text, param))
  const head = about.length > 0 ? [textPart(about.join('\n'))] : []
  return [...head, ...documentParts(asObject(block['source'], `${param}.source`), title, `${param}.source`, warn)]
}

function documentParts(
  source: JsonObject,
  title: JsonValue | undefined,
  param: string,
  warn: Warn,
): readonly JsonObject[] {
  const named = { filename: title ?? 'document.pdf' }
  switch (source['type']) {
    case 'text':
      return [textPart(asText(source['data'], `${param}.data`))]
    case 'content':
      return readParts(source['content'], `${param}.content`, ['text', 'image'], warn)
    case 'base64':
      return [{ type: 'file', file: { ...named, file_data: dataUrl(source, param) } }]
    case 'url':
      return [{ type: 'file', file: { ...named, file_data: asText(source['url'], `${param}.url`) } }]
    case 'file':
      return [{ type: 'file', file: present('file_id', asText(source['file_id'], `${param}.file_id`)) }]
    default:
      throw invalid(`${param}.type`, `'${param}' must be of type base64, url, text, content or file.`)
  }
}

export const isTextPart = (part: JsonValue): boolean => isObject(part) && part['type'] === 'text'
