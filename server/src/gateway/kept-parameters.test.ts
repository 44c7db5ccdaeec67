import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { keptParameters } from './kept-parameters.ts'

test('a receipt keeps numbers, switches and single words of a request, and how many messages and tools it had', () => {
  const asked = {
    model: 'a/b',
    temperature: 0.2,
    logprobs: true,
    reasoning_effort: 'high',
    response_format: { type: 'json_schema', json_schema: { name: 'secret' } },
    tools: [{}, {}],
    messages: [{ role: 'user', content: 'hello' }],
  }
  deepEqual(keptParameters(asked), {
    temperature: 0.2,
    logprobs: true,
    reasoning_effort: 'high',
    response_format: 'json_schema',
    tools: 2,
    messages: 1,
  })
})

test('nothing that somebody wrote is kept: no text, no lists, no objects, no unknown fields', () => {
  equal(
    keptParameters({
      prompt: 'a secret',
      input: ['a secret'],
      seed: { a: 'secret' },
      tool_choice: 'two words',
      user: 'somebody',
      stop: ['a'],
    }),
    undefined,
  )
})
