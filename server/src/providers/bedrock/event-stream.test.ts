import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cuts } from '../test/replay.ts'
import { eventStreamFraming } from './event-stream.ts'
import { frame, frameOf } from './test/frames.ts'

/** Written by AWS's own library: an event, an exception, an error with headers of every type. */
const written = {
  event:
    'AAAAowAAAFenqv54CzpldmVudC10eXBlBwARY29udGVudEJsb2NrRGVsdGENOmNvbnRlbnQtdHlwZQcAEGFwcGxpY2F0aW9uL2pzb24NOm1lc3NhZ2UtdHlwZQcABWV2ZW50eyJjb250ZW50QmxvY2tJbmRleCI6MCwiZGVsdGEiOnsidGV4dCI6Ikdyw7zDn2UifSwicCI6ImFiYyJ9kwpmWw==',
  exception:
    'AAAAjgAAAGFRQYBUDzpleGNlcHRpb24tdHlwZQcAE3Rocm90dGxpbmdFeGNlcHRpb24NOmNvbnRlbnQtdHlwZQcAEGFwcGxpY2F0aW9uL2pzb24NOm1lc3NhZ2UtdHlwZQcACWV4Y2VwdGlvbnsibWVzc2FnZSI6IlRvbyBtYW55IHRva2VucyJ9yBsewQ==',
  error:
    'AAAAhQAAAHU8S2U4AWEAAWICAQFjAwACAWQEAAAAAwFmBgACeHgBaAkSNFZ4EjQSNBI0EjRWeJASDTptZXNzYWdlLXR5cGUHAAVlcnJvcgs6ZXJyb3ItY29kZQcADUludGVybmFsRXJyb3IOOmVycm9yLW1lc3NhZ2UHAARvb3BzETMLoA==',
}
const bytesOf = (text: string) => Buffer.from(text, 'base64')

function read(buffers: readonly Buffer[]) {
  const framer = eventStreamFraming.openFramer()
  const framed = [...buffers.map(framer.push), framer.finish()]
  return {
    events: framed.flatMap(({ events }) => events),
    fault: framed.map(({ fault }) => fault).find((fault) => fault !== undefined),
  }
}

test("messages of AWS's own library are read", () => {
  deepEqual(read([bytesOf(written.event), bytesOf(written.exception), bytesOf(written.error)]), {
    events: [
      { name: 'contentBlockDelta', data: { contentBlockIndex: 0, delta: { text: 'Grüße' }, p: 'abc' } },
      { name: 'throttlingException', data: { message: 'Too many tokens' } },
      { name: 'streamException', data: { message: 'oops' } },
    ],
    fault: undefined,
  })
})

test('a stream cut at any byte, and in three, gives the same messages', () => {
  const bytes = Buffer.concat([bytesOf(written.event), bytesOf(written.exception), bytesOf(written.event)])
  const whole = read([bytes])
  equal(whole.events.length, 3)
  for (const buffers of cuts(bytes)) deepEqual(read(buffers), whole)
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (one, other) => {
      const [from, to] = [Math.min(one, other), Math.max(one, other)]
      deepEqual(read([bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)]), whole)
    }),
  )
})

test('a byte that is wrong anywhere is noticed', () => {
  const bytes = bytesOf(written.event)
  for (let at = 0; at < bytes.length; at++) {
    const wrong = Buffer.from(bytes)
    wrong[at]! ^= 0x10
    const { events, fault } = read([wrong])
    equal(events.length, 0)
    match(fault ?? '', /a message/)
  }
})

test('a message that is too long, or no JSON, ends the stream; the ones before it count', () => {
  const before = frameOf({ name: 'messageStart', data: { role: 'assistant' } })
  const long = Buffer.alloc(12)
  long.writeUInt32BE(0x7fffffff, 0)
  for (const wrong of [frame({ ':message-type': 'event', ':event-type': 'x' }, 'no JSON'), frame({}, '[1]')]) {
    const { events, fault } = read([before, wrong, before])
    equal(events.length, 1)
    match(fault ?? '', /cannot be read/)
  }
})
