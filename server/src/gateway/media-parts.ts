import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { isPaced } from './audio-pace.ts'

/** What a content part holds that is no text. `bytes` is absent where the provider fetches it: its size is not in the request. */
export type MediaPart = {
  readonly kind: 'image' | 'audio' | 'file' | 'other'
  readonly bytes?: number
  /** Whether its kind and its bytes bound its tokens. */
  readonly isSized: boolean
}

/** Types of parts by which look-alikes of OpenAI's API take media, where they are not OpenAI's own. */
const otherMedia: ReadonlySet<string> = new Set([
  ...['video_url', 'input_video', 'video', 'audio_url', 'audio'],
  ...['document_url', 'document', 'file_url', 'pdf_url', 'image_embeds'],
])

/**
 * The content parts of a request: what stands in the lists in which a provider looks for them. An object of the same shape
 * anywhere else (a message, a schema, a field that nobody knows) is text.
 */
export function contentParts({ messages, input }: JsonObject): readonly JsonObject[] {
  const isChat = Array.isArray(messages)
  const parts = isChat ? [] : objectsIn(input)
  const holders = [...objectsIn(isChat ? messages : input)]
  // Parts may hold parts: the result of a tool does.
  for (const holder of holders) {
    const inside = objectsIn(holder['content'])
    parts.push(...inside)
    holders.push(...inside)
  }
  return parts
}

const objectsIn = (list: JsonValue | undefined): JsonObject[] =>
  Array.isArray(list) ? (list as readonly JsonValue[]).filter(isObject) : []

/** Where the media of a request themselves stand: members of objects that are no text. */
export type Payloads = ReadonlyMap<JsonObject, readonly string[]>

export function payloadsOf(parts: readonly JsonObject[]): Payloads {
  const payloads = new Map<JsonObject, readonly string[]>()
  for (const part of parts) {
    if (!readMedia(part)) continue
    const { member, inside } = placeOf(part)
    const { [member]: held, source } = part
    payloads.set(part, isObject(held) ? [] : [member, inside])
    if (isObject(held)) payloads.set(held, [inside])
    if (isObject(source)) payloads.set(source, ['data', 'url'])
  }
  return payloads
}

/** The member of a part that holds its media, named as its type is, mostly; and where in it they are. */
function placeOf({ type }: JsonObject): { readonly member: string; readonly inside: string } {
  switch (type) {
    case 'input_image':
      return { member: 'image_url', inside: 'url' }
    case 'input_audio':
      return { member: 'input_audio', inside: 'data' }
    case 'file':
    case 'input_file':
      return { member: 'file', inside: 'file_data' }
    default:
      return { member: typeof type === 'string' ? type : '', inside: 'url' }
  }
}

/** What an object of a request carries as a content part; `undefined` where that is no media. */
export function readMedia(part: JsonObject): MediaPart | undefined {
  const { type } = part
  switch (type) {
    case 'image':
      return isObject(part['source']) ? { kind: 'image', isSized: true } : undefined
    case 'image_url':
    case 'input_image':
      return readImage(addressIn(part['image_url']))
    case 'input_audio':
      return readAudio(isObject(part['input_audio']) ? part['input_audio'] : {})
    case 'file':
    case 'input_file':
      return unsized('file', isObject(part['file']) ? part['file']['file_data'] : part['file_data'])
    default:
      return typeof type === 'string' && otherMedia.has(type) && hasContent(part, type)
        ? unsized(type.startsWith('audio') ? 'audio' : 'other', addressIn(part[type]))
        : undefined
  }
}

/** A schema may be of any type that its writer invents; a part has its content beside its type. */
const hasContent = (part: JsonObject, type: string): boolean => part[type] !== undefined || isObject(part['source'])

const addressIn = (value: JsonValue | undefined): JsonValue | undefined => (isObject(value) ? value['url'] : value)

/** An image costs what the provider's rule says, wherever it comes from; what only stands in its place does not. */
function readImage(url: JsonValue | undefined): MediaPart {
  const isOther = typeof url === 'string' && /^data:(?!image\/)/i.test(url)
  return isOther ? unsized('other', url) : { kind: 'image', isSized: true }
}

function readAudio({ data }: JsonObject): MediaPart {
  const part = unsized('audio', data)
  return typeof data === 'string' && isPaced(data) ? { ...part, isSized: true } : part
}

function unsized(kind: MediaPart['kind'], data: JsonValue | undefined): MediaPart {
  const bytes = inlineBytes(data)
  return bytes === undefined ? { kind, isSized: false } : { kind, bytes, isSized: false }
}

/** Of data by themselves (base64) or in a data URL; any other address, and an id, are fetched. */
function inlineBytes(data: JsonValue | undefined): number | undefined {
  if (typeof data !== 'string' || /^\s*(?!data:)[a-z][a-z0-9+.-]*:/i.test(data)) return undefined
  return Math.ceil((data.length * 3) / 4)
}

/** Types of the parts of a message that are text, or hold texts and parts of which each is looked at for itself. */
const textParts: ReadonlySet<JsonValue | undefined> = new Set([
  ...['text', 'input_text', 'output_text', 'summary_text', 'refusal', 'thinking', 'redacted_thinking', 'reasoning'],
  ...['tool_use', 'tool_result', 'tool_call', 'search_result'],
])

/** How many parts of messages are of a kind that is not known here: a provider that knows it may fetch anything for them. */
export const countUnknownParts = ({ messages }: JsonObject): number =>
  partsOf(messages).filter((part) => !textParts.has(part['type']) && !readMedia(part)).length

/** Spoken answers that are given back by the id that they have at their provider. */
export const countKeptAudio = ({ messages }: JsonObject): number =>
  objectsIn(messages).filter(({ audio }) => isObject(audio) && typeof audio['id'] === 'string').length

/** Whether a part of a message is a file that lies at a provider, meant by the id that it has there. */
export const namesKeptFile = ({ messages }: JsonObject): boolean => partsOf(messages).some(hasFileId)

const partsOf = (messages: JsonValue | undefined): readonly JsonObject[] =>
  messages === undefined ? [] : contentParts({ messages })

const hasFileId = (part: JsonObject): boolean =>
  [part, ...Object.values(part)].some((each) => isObject(each) && typeof each['file_id'] === 'string')
