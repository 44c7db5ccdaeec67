import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchesAny } from './index.ts'

test('a pattern means ids of models as a whole, `*` being any characters, letters in either case', () => {
  const means = (pattern: string, text: string) => matchesAny([pattern], text)
  for (const [pattern, text] of [
    ['openai/*', 'openai/gpt-4o'],
    ['OpenAI/*', 'openai/GPT-4o'],
    ['*', 'anything'],
    ['*/llama-*-instruct', 'meta/llama-3.1-8b-instruct'],
    ['openai/gpt-4o', 'openai/gpt-4o'],
    ['a*a', 'aa'],
  ] as const)
    equal(means(pattern, text), true, `${pattern} ${text}`)
  for (const [pattern, text] of [
    ['openai/*', 'not-openai/gpt-4o'],
    ['openai/gpt-4o', 'openai/gpt-4o-mini'],
    ['a*a', 'a'],
    ['a.c', 'abc'],
    ['', 'x'],
  ] as const)
    equal(means(pattern, text), false, `${pattern} ${text}`)
  equal(matchesAny(['a', 'b*'], 'bc'), true)
  equal(matchesAny([], 'a'), false)
})

test('a pattern means what the same regular expression means', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.') })
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), text, (parts, whole) => {
      const expression = new RegExp(`^${parts.map((part) => part.replaceAll('.', String.raw`\.`)).join('.*')}$`)
      equal(matchesAny([parts.join('*')], whole), expression.test(whole))
    }),
  )
})
