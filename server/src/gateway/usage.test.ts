import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lacksOutput, plainUsage, shownUsage, tokensIn, tokensOut, unitsOf } from './usage.ts'

test('cached, cache-write, reasoning and audio tokens are taken out of the totals that contain them', () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 50,
    total_tokens: 150,
    prompt_tokens_details: { cached_tokens: 60, cache_write_tokens: 10, audio_tokens: 5 },
    completion_tokens_details: { reasoning_tokens: 30, audio_tokens: 4 },
  }
  assert.deepEqual(unitsOf(usage), {
    cached_input: 60,
    cache_write: 10,
    audio_input: 5,
    input: 25,
    reasoning: 30,
    audio_output: 4,
    output: 16,
  })
})

test('the classes of any usage are disjoint: they sum to its totals', () => {
  const count = fc.nat(100_000)
  const usages = fc.record({
    prompt_tokens: count,
    completion_tokens: count,
    prompt_tokens_details: fc.record({ cached_tokens: count, cache_write_tokens: count, audio_tokens: count }),
    completion_tokens_details: fc.record({ reasoning_tokens: count, audio_tokens: count }),
  })
  fc.assert(
    fc.property(usages, (usage) => {
      const units = unitsOf(usage)!
      assert.ok(Object.values(units).every((each) => each > 0))
      assert.equal(tokensIn(units), usage.prompt_tokens)
      assert.equal(tokensOut(units), usage.completion_tokens)
    }),
  )
})

test('reasoning that a provider reports beside the completion is billed too', () => {
  const usage = {
    prompt_tokens: 10,
    completion_tokens: 20,
    total_tokens: 130,
    completion_tokens_details: { reasoning_tokens: 100 },
  }
  assert.deepEqual(unitsOf(usage), { input: 10, output: 20, reasoning: 100 })
})

test('an explicit zero is believed; what is no usage is told apart from zero', () => {
  assert.deepEqual(unitsOf({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }), {})
  for (const broken of [
    undefined,
    null,
    'usage',
    {},
    { prompt_tokens: -1 },
    { prompt_tokens: 1.5 },
    { prompt_tokens: '7' },
    { prompt_tokens: 1e12 },
  ])
    assert.equal(unitsOf(broken as never), undefined)
})

test('a usage object that tells of the prompt alone is told apart from one that tells of no output', () => {
  const prompt = { prompt_tokens: 9, prompt_tokens_details: { cached_tokens: 4 } }
  assert.equal(lacksOutput({ ...prompt, completion_tokens: null }), true)
  assert.deepEqual(unitsOf({ ...prompt, completion_tokens: null }), { cached_input: 4, input: 5 })
  for (const whole of [{ ...prompt, completion_tokens: 0 }, prompt, undefined]) assert.equal(lacksOutput(whole), false)
})

test("a provider's own usage object is kept for the receipt and not shown to callers", () => {
  const usage = {
    prompt_tokens: 3,
    native_usage: { input_tokens: 1, cache_creation: { ephemeral_5m_input_tokens: 2 } },
  }
  assert.deepEqual(plainUsage(usage), usage)
  assert.deepEqual(shownUsage(usage), { prompt_tokens: 3 })
})
