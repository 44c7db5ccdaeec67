import type { Sampling, TokenLogprob } from '../text-model.ts'

/** Numbers from 0 (included) to 1 (excluded). */
export type Dice = () => number

/** Dice that fall the same way for the same seed (a safe integer) and stream: sfc32 by Chris Doty-Humphrey. */
export function seededDice(seed: number, stream: number): Dice {
  let a = seed >>> 0
  let b = Math.floor(seed / 2 ** 32) >>> 0
  let c = stream >>> 0
  let counter = 1
  const roll = (): number => {
    const sum = (a + b + counter++) >>> 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) >>> 0
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0
    return sum / 2 ** 32
  }
  // Seeds that differ in one bit have gone different ways after a dozen rounds.
  for (let round = 0; round < 15; round++) roll()
  return roll
}

export type Sampler = {
  /** Picks the next token and remembers it for the penalties. */
  readonly pick: (logits: Float32Array) => number
}

/** Tokens below `firstAllowed` are never picked. Ties go to the lowest token. */
export function openSampler(sampling: Sampling, dice: Dice, firstAllowed: number): Sampler {
  const counts = new Map<number, number>()
  const adjusted = (logits: Float32Array): Float32Array => {
    const copy = logits.slice()
    copy.fill(-Infinity, 0, firstAllowed)
    for (const [token, bias] of sampling.logitBias) copy[token]! += bias
    for (const [token, count] of counts) {
      copy[token]! -= sampling.presencePenalty + count * sampling.frequencyPenalty
    }
    return copy
  }
  return {
    pick: (logits) => {
      const values = adjusted(logits)
      const token = sampling.temperature === 0 ? likeliest(values) : draw(values, sampling, dice)
      counts.set(token, (counts.get(token) ?? 0) + 1)
      return token
    },
  }
}

function likeliest(values: Float32Array): number {
  let best = 0
  for (let at = 1; at < values.length; at++) if (values[at]! > values[best]!) best = at
  return best
}

/** Draws from the smallest set of likeliest tokens that together have the probability `topP`. */
function draw(values: Float32Array, { temperature, topP }: Sampling, dice: Dice): number {
  const highest = values[likeliest(values)]!
  const weights = Float64Array.from(values, (value) => Math.exp((value - highest) / temperature))
  const order = Array.from(weights.keys()).toSorted((a, b) => weights[b]! - weights[a]! || a - b)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let kept = 0
  let size = 0
  while (size < order.length && (size === 0 || kept < topP * total)) kept += weights[order[size++]!]!
  let left = dice() * kept
  for (let at = 0; at < size; at++) {
    left -= weights[order[at]!]!
    if (left < 0) return order[at]!
  }
  return order[size - 1]!
}

/** The probability of a picked token and of the `top` likeliest, as the network gives them: before biases and temperature. */
export function logprobOf(
  logits: Float32Array,
  picked: number,
  top: number,
  bytesOf: (token: number) => Uint8Array,
): TokenLogprob {
  const highest = logits[likeliest(logits)]!
  const logSum = highest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0))
  const entry = (token: number) => {
    const bytes = bytesOf(token)
    return { token: Buffer.from(bytes).toString(), logprob: logits[token]! - logSum, bytes: [...bytes] }
  }
  const order = top === 0 ? [] : Array.from(logits.keys()).toSorted((a, b) => logits[b]! - logits[a]! || a - b)
  return { ...entry(picked), top: order.slice(0, top).map(entry) }
}
