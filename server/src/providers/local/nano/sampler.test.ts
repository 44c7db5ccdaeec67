import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sampling } from '../text-model.ts'
import { logprobOf, openSampler, seededDice } from './sampler.ts'

const greedy: Sampling = {
  temperature: 0,
  topP: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  logitBias: new Map(),
  seed: undefined,
}
const logits = Float32Array.from([9, 1, 3, 2])

/** How often each token is drawn in 4,000 rolls. */
function shares(sampling: Partial<Sampling>): number[] {
  const dice = seededDice(1, 0)
  const counts = [0, 0, 0, 0]
  for (let roll = 0; roll < 4_000; roll++) {
    const token = openSampler({ ...greedy, ...sampling }, dice, 1).pick(logits)
    counts[token] = counts[token]! + 1 / 4_000
  }
  return counts
}

test('temperature 0 takes the likeliest token that is allowed', () => {
  assert.deepEqual(
    shares({}).map((share) => share > 0.99),
    [false, false, true, false],
  )
})

test('draws follow the softmax of the logits divided by the temperature', () => {
  for (const temperature of [0.5, 1, 2]) {
    const weights = [1, 3, 2].map((logit) => Math.exp(logit / temperature))
    const total = weights.reduce((sum, weight) => sum + weight)
    const drawn = shares({ temperature })
    assert.equal(drawn[0], 0)
    weights.forEach((weight, at) => assert(Math.abs(drawn[at + 1]! - weight / total) < 0.03))
  }
})

test('top_p leaves the smallest set of likeliest tokens that reaches it', () => {
  assert.equal(shares({ temperature: 2, topP: 0 })[2]?.toFixed(6), '1.000000')
  const two = shares({ temperature: 1, topP: 0.7 })
  assert(two[2]! > 0.6 && two[3]! > 0.2 && two[1] === 0)
})

test('penalties count the tokens written so far, biases add to the logits', () => {
  const penalized = openSampler({ ...greedy, presencePenalty: 1.5 }, seededDice(1, 0), 1)
  assert.deepEqual([penalized.pick(logits), penalized.pick(logits), penalized.pick(logits)], [2, 3, 2])
  const frequent = openSampler({ ...greedy, frequencyPenalty: 0.7 }, seededDice(1, 0), 1)
  assert.deepEqual(
    [1, 2, 3, 4].map(() => frequent.pick(logits)),
    [2, 2, 3, 2],
  )
  const biased = openSampler({ ...greedy, logitBias: new Map([[1, 2.5]]) }, seededDice(1, 0), 1)
  assert.equal(biased.pick(logits), 1)
})

test('dice of the same seed and stream fall the same way; other seeds and streams do not', () => {
  const rolls = (seed: number, stream: number) => {
    const dice = seededDice(seed, stream)
    return [dice(), dice(), dice()]
  }
  assert.deepEqual(rolls(7, 1), rolls(7, 1))
  const distinct = new Set([rolls(7, 1), rolls(7, 2), rolls(8, 1), rolls(-7, 1), rolls(7 + 2 ** 32, 1)].map(String))
  assert.equal(distinct.size, 5)
})

test('log probabilities are those of the softmax', () => {
  const { logprob, top } = logprobOf(logits, 1, 4, (token) => Buffer.from(String(token)))
  const sum = top.reduce((total, entry) => total + Math.exp(entry.logprob), 0)
  assert(Math.abs(sum - 1) < 1e-6)
  assert.deepEqual(
    top.map(({ token }) => token),
    ['0', '2', '3', '1'],
  )
  assert.equal(logprob, top[3]?.logprob)
})
