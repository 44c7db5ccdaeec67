// A Llama-shaped decoder: RMS norm, rotary positions, causal attention with a key/value cache, SwiGLU, tied embedding.
import type { Shape } from './tokenizer.ts'
import type { Block, Weights } from './weights.ts'

const normEpsilon = 1e-5
const rotaryBase = 10_000

/** One text being read and written: the cache of the tokens so far, and room for a set number of them. */
export type Session = {
  /** Reads one more token. With `wantLogits`, returns those of the next token; they are overwritten by any later step. */
  readonly step: (token: number, wantLogits: boolean) => Float32Array | undefined
  /** An independent continuation of the same text. */
  readonly fork: () => Session
}

export type Transformer = { readonly open: (tokensMax: number) => Session }

type Cache = { readonly keys: Float32Array; readonly values: Float32Array }

/** Work arrays, shared by all sessions: a step never yields halfway. */
type Scratch = {
  readonly x: Float32Array
  readonly normed: Float32Array
  readonly queryKeyValue: Float32Array
  readonly attended: Float32Array
  readonly gate: Float32Array
  readonly up: Float32Array
  readonly scores: Float32Array
  readonly logits: Float32Array
}

export function openTransformer(weights: Weights, shape: Shape): Transformer {
  const scratch: Scratch = {
    x: new Float32Array(shape.width),
    normed: new Float32Array(shape.width),
    queryKeyValue: new Float32Array(3 * shape.width),
    attended: new Float32Array(shape.width),
    gate: new Float32Array(shape.innerWidth),
    up: new Float32Array(shape.innerWidth),
    scores: new Float32Array(shape.contextTokens),
    logits: new Float32Array(shape.vocabulary),
  }
  const rotary = rotaryTable(shape)
  const { width } = shape

  const openSession = (tokensMax: number, caches: readonly Cache[], read: number): Session => {
    let position = read
    return {
      step: (token, wantLogits) => {
        if (position >= tokensMax) throw new RangeError(`the session has room for ${tokensMax} tokens`)
        const { x, normed, logits } = scratch
        x.set(weights.embedding.subarray(token * width, (token + 1) * width))
        for (const [at, block] of weights.blocks.entries()) {
          attend(block, caches[at]!, position, { scratch, rotary, shape })
          feed(block, scratch)
        }
        position++
        if (!wantLogits) return undefined
        normalize(normed, x, weights.lastNorm)
        multiply(logits, weights.embedding, normed)
        return logits
      },
      fork: () => {
        const copies = caches.map(({ keys, values }) => ({ keys: keys.slice(), values: values.slice() }))
        return openSession(tokensMax, copies, position)
      },
    }
  }
  return {
    open: (tokensMax) => {
      const size = Math.min(tokensMax, shape.contextTokens) * width
      const caches = weights.blocks.map(() => ({ keys: new Float32Array(size), values: new Float32Array(size) }))
      return openSession(Math.min(tokensMax, shape.contextTokens), caches, 0)
    },
  }
}

type AttentionContext = { readonly scratch: Scratch; readonly rotary: RotaryTable; readonly shape: Shape }

/** Adds to `x` what this token takes from the tokens so far. */
function attend(block: Block, cache: Cache, position: number, { scratch, rotary, shape }: AttentionContext): void {
  const { width, heads } = shape
  const { x, normed, queryKeyValue, attended, scores } = scratch
  normalize(normed, x, block.attentionNorm)
  multiply(queryKeyValue, block.queryKeyValue, normed)
  rotate(queryKeyValue, position, rotary, shape)
  cache.keys.set(queryKeyValue.subarray(width, 2 * width), position * width)
  cache.values.set(queryKeyValue.subarray(2 * width), position * width)
  const headWidth = width / heads
  const scale = 1 / Math.sqrt(headWidth)
  for (let head = 0; head < width; head += headWidth) {
    weigh(scores, queryKeyValue, cache.keys, { head, headWidth, width, position, scale })
    blend(attended, scores, cache.values, { head, headWidth, width, position })
  }
  multiply(normed, block.attentionOut, attended)
  addTo(x, normed)
}

type HeadPlace = {
  readonly head: number
  readonly headWidth: number
  readonly width: number
  readonly position: number
}

/** Softmax of query times key, over the tokens so far. */
function weigh(
  scores: Float32Array,
  query: Float32Array,
  keys: Float32Array,
  { head, headWidth, width, position, scale }: HeadPlace & { readonly scale: number },
): void {
  let highest = -Infinity
  for (let token = 0; token <= position; token++) {
    let product = 0
    const row = token * width
    for (let at = head; at < head + headWidth; at++) product += query[at]! * keys[row + at]!
    scores[token] = product * scale
    if (scores[token]! > highest) highest = scores[token]!
  }
  let sum = 0
  for (let token = 0; token <= position; token++) {
    scores[token] = Math.exp(scores[token]! - highest)
    sum += scores[token]!
  }
  for (let token = 0; token <= position; token++) scores[token]! /= sum
}

function blend(
  attended: Float32Array,
  scores: Float32Array,
  values: Float32Array,
  { head, headWidth, width, position }: HeadPlace,
): void {
  attended.fill(0, head, head + headWidth)
  for (let token = 0; token <= position; token++) {
    const score = scores[token]!
    const row = token * width
    for (let at = head; at < head + headWidth; at++) attended[at]! += score * values[row + at]!
  }
}

/** Adds to `x` what the feed-forward layer makes of it (SwiGLU). */
function feed(block: Block, { x, normed, gate, up }: Scratch): void {
  normalize(normed, x, block.feedNorm)
  multiply(gate, block.gate, normed)
  multiply(up, block.up, normed)
  for (let at = 0; at < gate.length; at++) gate[at] = (gate[at]! / (1 + Math.exp(-gate[at]!))) * up[at]!
  multiply(normed, block.down, gate)
  addTo(x, normed)
}

type RotaryTable = { readonly cosines: Float64Array; readonly sines: Float64Array }

function rotaryTable({ width, heads, contextTokens }: Shape): RotaryTable {
  const pairs = width / heads / 2
  const angle = (_: unknown, at: number) => Math.floor(at / pairs) / rotaryBase ** ((at % pairs) / pairs)
  const angles = Float64Array.from({ length: contextTokens * pairs }, angle)
  return { cosines: angles.map(Math.cos), sines: angles.map(Math.sin) }
}

/** Turns neighbouring pairs of queries and keys by an angle that grows with the position. */
function rotate(
  queryKey: Float32Array,
  position: number,
  { cosines, sines }: RotaryTable,
  { width, heads }: Shape,
): void {
  const pairs = width / heads / 2
  for (let at = 0; at < 2 * width; at += 2) {
    const angle = position * pairs + ((at / 2) % pairs)
    const first = queryKey[at]!
    const second = queryKey[at + 1]!
    queryKey[at] = first * cosines[angle]! - second * sines[angle]!
    queryKey[at + 1] = first * sines[angle]! + second * cosines[angle]!
  }
}

function normalize(out: Float32Array, x: Float32Array, gain: Float32Array): void {
  let squares = 0
  for (let at = 0; at < x.length; at++) squares += x[at]! * x[at]!
  const scale = 1 / Math.sqrt(squares / x.length + normEpsilon)
  for (let at = 0; at < x.length; at++) out[at] = x[at]! * scale * gain[at]!
}

/** `out` = `matrix` times `x`; rows of the matrix lie one after the other. Four sums at a time, so that they do not wait for each other. */
function multiply(out: Float32Array, matrix: Float32Array, x: Float32Array): void {
  const columns = x.length
  for (let row = 0, base = 0; row < out.length; row++, base += columns) {
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let at = 0; at < columns; at += 4) {
      a += matrix[base + at]! * x[at]!
      b += matrix[base + at + 1]! * x[at + 1]!
      c += matrix[base + at + 2]! * x[at + 2]!
      d += matrix[base + at + 3]! * x[at + 3]!
    }
    out[row] = a + b + c + d
  }
}

function addTo(x: Float32Array, added: Float32Array): void {
  for (let at = 0; at < x.length; at++) x[at]! += added[at]!
}
