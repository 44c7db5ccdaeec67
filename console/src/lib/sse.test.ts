import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openSseReader } from './sse.ts'

const stream = ': keep-alive\n\ndata: {"a":1}\r\n\r\ndata:one\ndata: two\n\nevent: x\ndata: é🙂\n\ndata: [DONE]\n\n'
const events = ['{"a":1}', 'one\ntwo', 'é🙂', '[DONE]']

test('events come out whole and in order, wherever the pieces are cut', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const reader = openSseReader()
      const places = [0, ...cuts.toSorted((a, b) => a - b), stream.length]
      const found = places.slice(1).flatMap((end, at) => reader.read(stream.slice(places[at], end)))
      assert.deepEqual(found, events)
    }),
  )
})

test('comments and unfinished events say nothing', () => {
  assert.deepEqual(openSseReader().read(': hello\n\ndata: half'), [])
})
