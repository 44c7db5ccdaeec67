import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readEvents } from './sse.ts'

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0
  for (const size of sizes) {
    yield bytes.subarray(at, at + size)
    at += size
  }
  yield bytes.subarray(at)
}

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((line) => line.replaceAll(/[\r\n]/g, ' '))

test('events are read whole wherever the network cuts their bytes, with every kind of line end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(text, { minLength: 1, maxLength: 3 }), { maxLength: 5 }),
      fc.constantFrom('\n', '\r', '\r\n'),
      fc.array(fc.nat(7), { maxLength: 200 }),
      async (events, end, sizes) => {
        const stream = events
          .map((lines) => `: keep-alive${end}${lines.map((line) => `data: ${line}${end}`).join('')}${end}`)
          .join('')
        const read = await Array.fromAsync(readEvents(cut(Buffer.from(stream), sizes)))
        assert.deepEqual(
          read,
          events.map((lines) => lines.join('\n')),
        )
      },
    ),
  )
})

test('an event whose blank line never came is not an event', async () => {
  const read = await Array.fromAsync(readEvents(cut(Buffer.from('data: one\n\ndata: cut'), [])))
  assert.deepEqual(read, ['one'])
})
