import type { Chance, Clock } from './clock.ts'

/** A lower-case UUID text. Ids are made in the gateway (version 7: ordered by time), never in the database. */
export type Uuid = string

/** Makes ids; one per process. */
export type MakeId = () => Uuid

/** A source of UUIDs of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, 74 random bits. */
export function idSource(clock: Clock, chance: Chance): MakeId {
  return () => {
    const bytes = chance.bytes(16)
    let ms = clock.nowMs()
    for (let at = 5; at >= 0; at--) {
      bytes[at] = ms % 256
      ms = Math.floor(ms / 256)
    }
    bytes[6] = 0x70 | (bytes[6]! & 0x0f)
    bytes[8] = 0x80 | (bytes[8]! & 0x3f)
    const hex = Buffer.from(bytes).toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }
}

/** The milliseconds since 1970 inside a UUID of version 7. */
export const uuidTimeMs = (id: Uuid): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export const isUuid = (text: string): text is Uuid => uuidPattern.test(text)

const generationPrefix = 'gen-'

/** The public id of a call: `gen-<uuidv7>`. */
export const generationId = (callId: Uuid): string => generationPrefix + callId

/** The call behind a public generation id, or `undefined` when the text is not one. */
export function callIdOf(generation: string): Uuid | undefined {
  const id = generation.startsWith(generationPrefix) ? generation.slice(generationPrefix.length) : ''
  return isUuid(id) ? id : undefined
}
