/** Writes messages of AWS's event stream encoding, as a server of AWS does. */
import { crc32 } from 'node:zlib'
import type { JsonObject } from '../../../core/json.ts'

const textType = 7

function header(name: string, value: string): Buffer {
  const bytes = Buffer.alloc(1 + Buffer.byteLength(name) + 3 + Buffer.byteLength(value))
  bytes.writeUInt8(Buffer.byteLength(name), 0)
  let at = 1 + bytes.write(name, 1)
  bytes.writeUInt8(textType, at)
  bytes.writeUInt16BE(Buffer.byteLength(value), at + 1)
  at += 3
  bytes.write(value, at)
  return bytes
}

export function frame(headers: Readonly<Record<string, string>>, payload: string): Buffer {
  const head = Buffer.concat(Object.entries(headers).map(([name, value]) => header(name, value)))
  const body = Buffer.from(payload)
  const message = Buffer.alloc(12 + head.length + body.length + 4)
  message.writeUInt32BE(message.length, 0)
  message.writeUInt32BE(head.length, 4)
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8)
  head.copy(message, 12)
  body.copy(message, 12 + head.length)
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4)
  return message
}

/** A recorded event: `{"name", "data"}`. */
export function frameOf({ name, data }: JsonObject): Buffer {
  const isException = (name as string).endsWith('Exception')
  const kind = isException ? ':exception-type' : ':event-type'
  return frame(
    {
      [kind]: name as string,
      ':content-type': 'application/json',
      ':message-type': isException ? 'exception' : 'event',
    },
    JSON.stringify(data),
  )
}
