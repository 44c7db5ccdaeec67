/** AWS's event stream encoding (`application/vnd.amazon.eventstream`): messages of headers and a payload, each with checksums. */
import { crc32 } from 'node:zlib'
import { isObject, parseJson } from '../../core/json.ts'
import type { Framed, Framing, ProviderEvent } from '../translation.ts'

/** Total length, headers' length and the checksum of both; then headers, payload, and the checksum of all before it. */
const preludeBytes = 12
const checksumBytes = 4
const messageBytesMax = 16 * 1_048_576

export const eventStreamFraming: Framing = {
  contentType: 'application/vnd.amazon.eventstream',
  openFramer() {
    let pieces: Buffer[] = []
    let size = 0
    /** Bytes without which nothing can be read. */
    let needed = preludeBytes
    let broken = false

    function push(bytes: Buffer): Framed {
      pieces.push(bytes)
      size += bytes.length
      if (broken || size < needed) return { events: [] }
      const events: ProviderEvent[] = []
      let carried = pieces.length === 1 ? bytes : Buffer.concat(pieces)
      for (;;) {
        const length = lengthOf(carried)
        if (typeof length === 'string') {
          broken = true
          return { events, fault: length }
        }
        needed = length
        if (carried.length < needed) break
        const event = readMessage(carried.subarray(0, length))
        if (!event) {
          broken = true
          return { events, fault: 'a message that cannot be read' }
        }
        events.push(event)
        carried = carried.subarray(length)
      }
      pieces = [carried]
      size = carried.length
      return { events }
    }

    return { push, finish: () => ({ events: [] }) }
  },
}

/** How long the message is that begins here; the prelude's length while that has not come; a sentence if it is none. */
function lengthOf(bytes: Buffer): number | string {
  if (bytes.length < preludeBytes) return preludeBytes
  if (bytes.readUInt32BE(8) !== crc32(bytes.subarray(0, 8))) return 'a message with a wrong checksum'
  const length = bytes.readUInt32BE(0)
  return length < preludeBytes + checksumBytes || length > messageBytesMax ? `a message of ${length} bytes` : length
}

function readMessage(message: Buffer): ProviderEvent | undefined {
  const payloadEnd = message.length - checksumBytes
  if (message.readUInt32BE(payloadEnd) !== crc32(message.subarray(0, payloadEnd))) return undefined
  const headersEnd = preludeBytes + message.readUInt32BE(4)
  if (headersEnd > payloadEnd) return undefined
  const headers = readHeaders(message.subarray(preludeBytes, headersEnd))
  const text = message.subarray(headersEnd, payloadEnd).toString('utf8')
  const data = text === '' ? {} : parseJson(text)
  if (!headers || !isObject(data)) return undefined
  switch (headers.get(':message-type')) {
    case 'event':
      return { name: headers.get(':event-type'), data }
    case 'exception':
      return { name: headers.get(':exception-type') ?? 'exception', data }
    default:
      // What is not of the service, but of the stream itself.
      return { name: 'streamException', data: { message: headers.get(':error-message') ?? 'The stream failed.' } }
  }
}

/** Bytes of a header's value by its type; texts and binaries carry their length. */
const valueBytes: readonly (number | 'counted')[] = [0, 0, 1, 2, 4, 8, 'counted', 'counted', 8, 16]
const textType = 7

/** The headers that are texts; `undefined` when they do not end where they should. */
function readHeaders(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>()
  let at = 0
  const fits = (count: number) => at + count <= bytes.length
  while (at < bytes.length) {
    const nameEnd = at + 1 + bytes.readUInt8(at)
    if (nameEnd >= bytes.length) return undefined
    const name = bytes.toString('utf8', at + 1, nameEnd)
    const type = bytes.readUInt8(nameEnd)
    at = nameEnd + 1
    let length = valueBytes[type]
    if (length === 'counted') {
      if (!fits(2)) return undefined
      length = bytes.readUInt16BE(at)
      at += 2
    }
    if (length === undefined || !fits(length)) return undefined
    if (type === textType) headers.set(name, bytes.toString('utf8', at, at + length))
    at += length
  }
  return headers
}
