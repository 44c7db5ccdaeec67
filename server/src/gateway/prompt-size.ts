import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { contentParts, countKeptAudio, countUnknownParts, payloadsOf, readMedia, type Payloads } from './media-parts.ts'

/** How large a prompt is, from its bytes alone: nothing is tokenized on the hot path. */
export type PromptSize = {
  /** UTF-8 bytes of every text of the request that a model may read, names and schemas included. */
  readonly textBytes: number
  /** Texts that some template may wrap in tokens of its own. */
  readonly texts: number
  readonly images: number
  readonly audios: number
  readonly files: number
  /** Bytes of encoded audio, and of all other media that stand in the request, before base64. */
  readonly audioBytes: number
  readonly fileBytes: number
  /**
   * Parts whose tokens nothing in the request bounds: what a provider fetches, what it has, and files (a small PDF may have
   * any number of pages).
   */
  readonly unsized: number
  /** Those of them that are not in the request at all. */
  readonly fetched: number
  /** Tokens that were given as numbers. */
  readonly tokenIds: number
  /** Levels of lists and objects. */
  readonly depth: number
}

type Mutable = { -readonly [key in keyof PromptSize]: PromptSize[key] }

const nothing: PromptSize = {
  ...{ textBytes: 0, texts: 0, images: 0, audios: 0, files: 0, audioBytes: 0, fileBytes: 0 },
  ...{ unsized: 0, fetched: 0, tokenIds: 0, depth: 0 },
}

/** Fields that never reach the model as text. */
export const silentFields = new Set([
  'model',
  'user',
  'metadata',
  'stream_options',
  'service_tier',
  'encoding_format',
  'logit_bias',
])

/**
 * Measures a request by walking all of it: a text in a field that we do not know is counted too, for a provider may
 * read it. Media (data URLs, audio, files) count as what they are, not as text, where a provider looks for them, and
 * nowhere else. The walk goes level by level, so nesting as deep as the body allows cannot overflow the stack.
 */
export function measurePrompt(body: JsonObject): PromptSize {
  const size: Mutable = { ...nothing, unsized: countUnknownParts(body) }
  const parts = contentParts(body)
  for (const part of parts) countMedia(part, size)
  const keptAudio = countKeptAudio(body)
  size.audios += keptAudio
  size.unsized += keptAudio
  size.fetched += keptAudio
  const payloads = payloadsOf(parts)
  let level: Level = { heard: [], silent: [] }
  for (const [name, value] of Object.entries(body)) {
    const isHeard = !silentFields.has(name) && !countTokenIds(name, value, size) && !isSetting(value)
    level[isHeard ? 'heard' : 'silent'].push(value)
  }
  for (; level.heard.length + level.silent.length > 0; size.depth += 1) {
    const next: Level = { heard: [], silent: [] }
    for (const value of level.heard) measureValue(value, size, payloads, next)
    for (const value of level.silent)
      if (typeof value === 'object' && value) for (const member of Object.values(value)) next.silent.push(member)
    level = next
  }
  return size
}

/** The values of one level of nesting: those that a model may read, and the rest. */
type Level = { readonly heard: JsonValue[]; readonly silent: JsonValue[] }

/** A number or a switch by itself is what the provider is told, not the model. */
const isSetting = (value: JsonValue): boolean => typeof value === 'number' || typeof value === 'boolean'

/** Measures a value but for what is inside it, which is left for the next level. */
function measureValue(value: JsonValue, size: Mutable, payloads: Payloads, { heard, silent }: Level): void {
  if (typeof value === 'string') {
    size.textBytes += Buffer.byteLength(value)
    size.texts += 1
  } else if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) heard.push(item)
  } else if (isObject(value)) {
    const payload = payloads.get(value)
    for (const [name, member] of Object.entries(value)) {
      size.textBytes += Buffer.byteLength(name)
      const isPayload = typeof member === 'string' && payload?.includes(name)
      ;(isPayload ? silent : heard).push(member)
    }
  } else size.textBytes += JSON.stringify(value).length
}

/** Counts tokens that a prompt is given in; `false` for anything else. */
function countTokenIds(name: string, value: JsonValue, size: Mutable): boolean {
  if ((name !== 'prompt' && name !== 'input') || !Array.isArray(value)) return false
  const ids = (value as readonly JsonValue[]).flatMap((item) => (Array.isArray(item) ? (item as JsonValue[]) : [item]))
  if (!ids.every((id) => typeof id === 'number')) return false
  size.tokenIds += ids.length
  return true
}

/** Counts a content part that carries an image, audio or a file. */
function countMedia(part: JsonObject, size: Mutable): void {
  const media = readMedia(part)
  if (!media) return
  const { kind, bytes = 0, isSized } = media
  if (kind === 'image') size.images += 1
  if (kind === 'audio') size.audios += 1
  if (kind === 'file') size.files += 1
  size[kind === 'audio' ? 'audioBytes' : 'fileBytes'] += bytes
  if (!isSized) size.unsized += 1
  if (!isSized && media.bytes === undefined) size.fetched += 1
}
