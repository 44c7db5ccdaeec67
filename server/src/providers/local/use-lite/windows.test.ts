import assert from 'node:assert/strict'
import { test } from 'node:test'
import { array, assert as holds, integer, property } from 'fast-check'
import { cutWindows, groupByLength, joinVectors } from './windows.ts'

test('windows hold every token once, in order, and are as few and as even as can be', () => {
  holds(
    property(integer({ min: 1, max: 700 }), integer({ min: 1, max: 128 }), (length, most) => {
      const tokens = Array.from({ length }, (_, at) => at)
      const windows = cutWindows(tokens, most)
      const sizes = windows.map((window) => window.length)
      assert.deepEqual(windows.flat(), tokens)
      assert.equal(windows.length, Math.ceil(length / most))
      assert(Math.max(...sizes) <= most && Math.max(...sizes) - Math.min(...sizes) <= 1)
    }),
  )
})

test('batches hold every window once and stay within their size, padding included', () => {
  holds(
    property(array(integer({ min: 1, max: 128 }), { maxLength: 100 }), (lengths) => {
      const batches = groupByLength(lengths, 256)
      assert.deepEqual(
        batches.flat().toSorted((a, b) => a - b),
        [...lengths.keys()],
      )
      for (const batch of batches) {
        assert(batch.length > 0)
        assert(batch.length * Math.max(...batch.map((index) => lengths[index]!)) <= 256)
      }
    }),
  )
})

test('joined vectors weigh by tokens and have unit length at any size', () => {
  const windows = [
    { vector: Float32Array.of(1, 0, 0), tokens: 3 },
    { vector: Float32Array.of(0, 1, 0), tokens: 4 },
  ]
  assert.deepEqual(joinVectors(windows, 3), Float32Array.of(0.6, 0.8, 0))
  assert.deepEqual(joinVectors(windows, 1), Float32Array.of(1))
  assert.deepEqual(joinVectors([{ vector: Float32Array.of(3, 4, 5), tokens: 1 }], 2), Float32Array.of(0.6, 0.8))
})
