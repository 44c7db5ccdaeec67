/** Server-sent events: the event stream of the HTML standard (§9.2.6 "Interpreting an event stream"), cut from bytes. */

export type SseEvent = {
  /** The bytes as they came, the closing blank line included: the raws of a stream, joined, are the stream. */
  readonly raw: Buffer
  /** The `data` field, its lines joined by LF; `undefined` for a comment or anything else a client would not see. */
  readonly data: Buffer | undefined
  /** The `event` field, where there is one. */
  readonly name: string | undefined
}

export type SseFrames = {
  readonly events: readonly SseEvent[]
  /** An event was longer than the bound. The events before it are whole; nothing comes after. */
  readonly overflow: boolean
}

export type SseFramer = {
  /** Takes the next bytes, cut anywhere, and gives the events that they complete. May keep views of `bytes`. */
  readonly push: (bytes: Buffer) => SseFrames
  /** After the last byte: what came without its closing blank line, which a client may ignore but a meter must not. */
  readonly finish: () => SseEvent | undefined
}

const lf = 0x0a
const cr = 0x0d
const colon = 0x3a
const space = 0x20
const byteOrderMark = Buffer.from('\ufeff')
const dataField = Buffer.from('data')
const eventField = Buffer.from('event')

/**
 * Frames a stream of any length in memory bounded by `eventBytesMax`. Any cut of a stream gives the same events: where a
 * lone CR ends an event at the end of a buffer, the event waits for the next byte, which may be the LF of its CRLF.
 */
export function createSseFramer({ eventBytesMax }: { eventBytesMax: number }): SseFramer {
  const carried = createCarry()
  const findEventEnds = createEndFinder()
  let atStreamStart = true
  let overflow = false

  const fits = (bytes: number) => {
    overflow ||= carried.length() + bytes > eventBytesMax
    return !overflow
  }

  function complete(end: Buffer): SseEvent {
    const event = parseEvent(carried.take(end), atStreamStart)
    atStreamStart = false
    return event
  }

  function push(bytes: Buffer): SseFrames {
    if (overflow) return { events: [], overflow }
    const events: SseEvent[] = []
    let from = 0
    for (const end of findEventEnds(bytes)) {
      if (!fits(end - from)) return { events, overflow }
      events.push(complete(bytes.subarray(from, end)))
      from = end
    }
    if (fits(bytes.length - from)) carried.keep(bytes.subarray(from))
    return { events, overflow }
  }

  return {
    push,
    finish: () => (overflow || carried.length() === 0 ? undefined : complete(Buffer.alloc(0))),
  }
}

/** Finds the blank lines of a stream that comes in pieces: gives the places in each piece at which an event has ended. */
function createEndFinder(): (bytes: Buffer) => readonly number[] {
  let lineIsEmpty = true
  let endedByCr: 'no' | 'line' | 'event' = 'no'

  return (bytes) => {
    const ends: number[] = []
    const nextLineEnd = lineEnds(bytes)
    let at = 0
    if (endedByCr !== 'no' && bytes.length > 0) {
      if (bytes[0] === lf) at = 1
      if (endedByCr === 'event') ends.push(at)
      endedByCr = 'no'
    }
    while (at < bytes.length) {
      const end = nextLineEnd(at)
      const endsEvent = lineIsEmpty && end === at
      lineIsEmpty = end < bytes.length
      at = end + 1
      if (bytes[end] === cr) {
        if (at === bytes.length) {
          endedByCr = endsEvent ? 'event' : 'line'
          break
        }
        if (bytes[at] === lf) at += 1
      }
      if (endsEvent) ends.push(at)
    }
    return ends
  }
}

/** Gives the place of the first CR or LF at or after a place that never goes back; each byte is looked at once. */
function lineEnds(bytes: Buffer): (from: number) => number {
  const next = (byte: number, from: number) => {
    const at = bytes.indexOf(byte, from)
    return at === -1 ? bytes.length : at
  }
  let nextLf = -1
  let nextCr = -1
  return (from) => {
    if (nextLf < from) nextLf = next(lf, from)
    if (nextCr < from) nextCr = next(cr, from)
    return Math.min(nextLf, nextCr)
  }
}

/** The beginning of an event whose end has not come. It grows by doubling, so an event costs time linear in its bytes. */
function createCarry() {
  let buffer = Buffer.alloc(0)
  let length = 0

  function keep(bytes: Buffer): void {
    if (length + bytes.length > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(256, 2 * (length + bytes.length)))
      buffer.copy(larger, 0, 0, length)
      buffer = larger
    }
    length += bytes.copy(buffer, length)
  }

  /** Everything carried and then `end`; `end` itself, not copied, where nothing was carried. */
  function take(end: Buffer): Buffer {
    if (length === 0) return end
    keep(end)
    const whole = buffer.subarray(0, length)
    buffer = Buffer.alloc(0)
    length = 0
    return whole
  }

  return { keep, take, length: () => length }
}

function parseEvent(raw: Buffer, atStreamStart: boolean): SseEvent {
  const nextLineEnd = lineEnds(raw)
  const data: Buffer[] = []
  let name: string | undefined
  let at = atStreamStart && raw.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0
  while (at < raw.length) {
    const end = nextLineEnd(at)
    if (isField(raw, at, end, dataField)) data.push(fieldValue(raw, at + dataField.length, end))
    else if (isField(raw, at, end, eventField)) name = fieldValue(raw, at + eventField.length, end).toString()
    at = end + 1
  }
  return { raw, data: joinLines(data), name }
}

/** Whether the line is `field:value` or `field` alone. */
function isField(raw: Buffer, from: number, end: number, field: Buffer): boolean {
  const fieldEnd = from + field.length
  if (fieldEnd > end || (fieldEnd < end && raw[fieldEnd] !== colon)) return false
  return raw.compare(field, 0, field.length, from, fieldEnd) === 0
}

function fieldValue(raw: Buffer, fieldEnd: number, end: number): Buffer {
  const afterColon = Math.min(fieldEnd + 1, end)
  return raw.subarray(afterColon < end && raw[afterColon] === space ? afterColon + 1 : afterColon, end)
}

function joinLines(lines: readonly Buffer[]): Buffer | undefined {
  if (lines.length <= 1) return lines[0]
  return Buffer.concat(lines.flatMap((line, index) => (index === 0 ? [line] : [Buffer.from('\n'), line])))
}
