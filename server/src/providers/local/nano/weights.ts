import { readFileSync } from 'node:fs'
import { assert } from '../../../core/assert.ts'
import type { Manifest, Shape } from './tokenizer.ts'

export type Block = {
  readonly attentionNorm: Float32Array
  /** Rows of the queries, then the keys, then the values. */
  readonly queryKeyValue: Float32Array
  readonly attentionOut: Float32Array
  readonly feedNorm: Float32Array
  readonly gate: Float32Array
  readonly up: Float32Array
  readonly down: Float32Array
}

export type Weights = {
  /** One row a token; also the output layer. */
  readonly embedding: Float32Array
  readonly blocks: readonly Block[]
  readonly lastNorm: Float32Array
}

/**
 * Reads nano.q8 beside this file, little endian, in the manifest's order: a vector is float32; a matrix is one float32
 * scale a row, then its int8 rows. Matrices are multiplied out to float32 (4 MB): a
 * product takes 135 µs where it takes 175 µs with int8.
 */
export function readWeights(manifest: Manifest, shape: Shape): Weights {
  const file = readFileSync(new URL('nano.q8', import.meta.url))
  const weights = new Map<string, Float32Array>()
  let at = 0
  const readFloats = (count: number): Float32Array => {
    const floats = Float32Array.from({ length: count }, (_, index) => file.readFloatLE(at + index * 4))
    at += count * 4
    return floats
  }
  for (const [name, [rows = 0, columns]] of manifest) {
    const scales = readFloats(rows)
    weights.set(
      name,
      columns === undefined ? scales : scaledRows(file.subarray(at, at + rows * columns), scales, columns),
    )
    at += rows * (columns ?? 0)
  }
  assert(at === file.length, 'nano.q8 has the size that nano.json tells')

  const weight = (name: string): Float32Array => {
    const found = weights.get(name)
    assert(found !== undefined, `nano.q8 has ${name}`)
    return found
  }
  return {
    embedding: weight('e.weight'),
    blocks: Array.from({ length: shape.blocks }, (_, block) => ({
      attentionNorm: weight(`b.${block}.n1`),
      queryKeyValue: weight(`b.${block}.qkv.weight`),
      attentionOut: weight(`b.${block}.o.weight`),
      feedNorm: weight(`b.${block}.n2`),
      gate: weight(`b.${block}.g.weight`),
      up: weight(`b.${block}.u.weight`),
      down: weight(`b.${block}.d.weight`),
    })),
    lastNorm: weight('n'),
  }
}

function scaledRows(bytes: Buffer, scales: Float32Array, columns: number): Float32Array {
  const matrix = new Float32Array(bytes.length)
  for (let at = 0; at < bytes.length; at++) matrix[at] = bytes.readInt8(at) * scales[Math.floor(at / columns)]!
  return matrix
}
