import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drawAhead } from './chance.ts'

/** Bytes that count upwards, so that each can be told from every other. */
function counting() {
  let next = 0
  const draws: number[] = []
  const draw = (length: number): Uint8Array => {
    draws.push(length)
    return Uint8Array.from({ length }, () => next++)
  }
  return { draw, draws }
}

test('no byte is handed out twice, whatever is asked for', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 200 }), (lengths) => {
      const source = Array.from({ length: 100_000 }, (_, at) => at)
      let at = 0
      const chance = drawAhead((length) => {
        const drawn = new Uint32Array(source.slice(at, (at += length)))
        return drawn as unknown as Uint8Array
      })
      const given = lengths.flatMap((length) => [...chance.bytes(length)])
      assert.equal(new Set(given).size, given.length)
    }),
    { numRuns: 200 },
  )
})

test('as many bytes are given as were asked for, and what a caller writes into them reaches nobody else', () => {
  const { draw, draws } = counting()
  const chance = drawAhead(draw)
  const first = chance.bytes(16)
  const second = chance.bytes(16)
  first.fill(0)
  assert.deepEqual([...second.subarray(0, 3)], [16, 17, 18])
  assert.equal(chance.bytes(1_000).length, 1_000)
  assert.deepEqual(draws, [8_192, 1_000])
})
