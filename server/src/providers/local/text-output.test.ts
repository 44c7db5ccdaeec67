import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as holds, constantFrom, integer, property } from 'fast-check'
import { openTextOutput } from './text-output.ts'

/** What is shown of bytes that come in pieces of the given sizes, repeated. */
function shown(bytes: Uint8Array, sizes: readonly number[], stops: readonly string[]): string {
  const output = openTextOutput(stops)
  let text = ''
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!
    const piece = output.push(bytes.subarray(at, at + size))
    assert(piece.text.isWellFormed(), 'no half character is ever shown')
    text += piece.text
    if (piece.stopped) return text
    at += size
  }
  return text + output.flush().text
}

const characters = constantFrom('a', 'b', 'é', '日', '😀', '\ufeff')
const sizes = array(integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 5 })

test('text comes out whole, however its bytes are cut', () => {
  holds(
    property(array(characters, { maxLength: 40 }), sizes, (list, cuts) => {
      assert.equal(shown(Buffer.from(list.join('')), cuts, []), list.join(''))
    }),
  )
})

test('a stop text ends the answer before it, however it is cut', () => {
  const stop = array(characters, { minLength: 1, maxLength: 4 })
  holds(
    property(array(characters, { maxLength: 40 }), sizes, stop, (list, cuts, stopList) => {
      const text = list.join('')
      const expected = text.split(stopList.join(''))[0]
      assert.equal(shown(Buffer.from(text), cuts, [stopList.join('')]), expected)
    }),
  )
})

test('bytes that are no UTF-8 become replacement characters, never an error', () => {
  assert.equal(shown(Uint8Array.of(0x61, 0xff, 0x62, 0xe6), [1], []), 'a\ufffdb\ufffd')
})
