import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../core/json.ts'
import { convertUsage } from './convert-usage.ts'
import { fixture } from './test/replay.ts'

test('what Google counts beside the prompt and the answer is counted inside, cached audio as cached', () => {
  const metadata = fixture('cached')[0]!['usageMetadata']!
  deepEqual(convertUsage(metadata), {
    prompt_tokens: 5_063,
    completion_tokens: 127,
    total_tokens: 5_190,
    prompt_tokens_details: { cached_tokens: 4_096, audio_tokens: 200 },
    completion_tokens_details: { reasoning_tokens: 120, audio_tokens: 0 },
    native_usage: metadata,
  })
})

test('the total is what Google says it is, whether or not it tells the tokens of the answer', () => {
  const count = fc.nat(1_000_000)
  const counts = fc.record({ prompt: count, tools: count, thoughts: count, said: count, tells: fc.boolean() })
  fc.assert(
    fc.property(counts, ({ prompt, tools, thoughts, said, tells }) => {
      const total = prompt + tools + thoughts + said
      const usage = convertUsage({
        promptTokenCount: prompt,
        toolUsePromptTokenCount: tools,
        thoughtsTokenCount: thoughts,
        totalTokenCount: total,
        ...(tells && { candidatesTokenCount: said }),
      })!
      equal(usage['total_tokens'], total)
      equal((usage['completion_tokens_details'] as JsonObject)['reasoning_tokens'], thoughts)
    }),
  )
})

test('without a count of the prompt there is no usage: the tokens are counted then', () => {
  for (const none of [undefined, null, {}, { totalTokenCount: 4 }, 'usage']) equal(convertUsage(none), undefined)
})
