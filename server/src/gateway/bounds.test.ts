import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { nanoUsd, nanoUsdPerMillion } from '../core/money.ts'
import { boundPrompt, costAt, outputTokensFor } from './bounds.ts'
import { measurePrompt } from './prompt-size.ts'
import { promptTexts } from './prompt-texts.ts'

const chat = (...contents: string[]) => ({
  model: 'm',
  messages: contents.map((content) => ({ role: 'user', content })),
})

test('the bound of a small prompt is never below its tokens, whatever its text', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { minLength: 1, maxLength: 3 }), (contents) => {
      const body = chat(...contents)
      const tokens = promptTexts(body).reduce((sum, text) => sum + countTokens(text), 0)
      assert.ok(boundPrompt(measurePrompt(body), { id: 'm', contextTokens: undefined }).promptTokens >= tokens)
    }),
  )
})

test('an image counts as an image, never as the text of its data URL', () => {
  const url = `data:image/png;base64,${'A'.repeat(1_000_000)}`
  const body = { model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] }
  const size = measurePrompt(body)
  assert.equal(size.images, 1)
  assert.ok(size.textBytes < 100)
  assert.ok(boundPrompt(size, { id: 'openai/gpt-4o', contextTokens: 128_000 }).promptTokens < 2_000)
})

test('text in a field that nobody knows is counted all the same: a provider may read it', () => {
  const known = measurePrompt(chat('hello')).textBytes
  assert.ok(measurePrompt({ ...chat('hello'), documents: ['x'.repeat(500)] }).textBytes >= known + 500)
})

test('what looks like media in a schema is text: a provider may write it into the prompt', () => {
  const hidden = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(5_000)}` } }
  const parameters = { type: 'file', file: { file_data: 'x'.repeat(5_000) }, properties: { hidden } }
  const body = { ...chat('hello'), tools: [{ type: 'function', function: { name: 'f', parameters } }] }
  const size = measurePrompt(body)
  assert.deepEqual([size.images, size.unsized], [0, 0])
  assert.ok(size.textBytes > 10_000)
  assert.ok(promptTexts(body).join('').length > 10_000)
})

test('media never count for more than a model reads', () => {
  const audio = { type: 'input_audio', input_audio: { data: 'A'.repeat(10_000_000), format: 'flac' } }
  const body = { model: 'm', messages: [{ role: 'user', content: [audio, { type: 'text', text: 'Hi' }] }] }
  assert.ok(boundPrompt(measurePrompt(body), { id: 'm', contextTokens: 8_000 }).promptTokens < 8_100)
})

test('nesting as deep as a body allows is measured without exhausting the stack', () => {
  const depth = 200_000
  let nested: object = { text: 'x' }
  for (let level = 0; level < depth; level++) nested = [nested]
  assert.ok(measurePrompt({ ...chat('hello'), deep: nested as never }).textBytes > 0)
})

test('the output tokens that an amount pays for cost no more than it, and one more would', () => {
  const rate = fc.bigInt({ min: 1n, max: 10n ** 11n }).map(nanoUsdPerMillion)
  fc.assert(
    fc.property(
      rate,
      rate,
      fc.nat(100_000),
      fc.bigInt({ min: 0n, max: 10n ** 10n }),
      (perInput, perOutput, tokensIn, amount) => {
        const rates = { perInput, perOutput, fixed: 0n }
        const limit = 2 ** 40
        const tokens = outputTokensFor(rates, nanoUsd(amount), tokensIn, limit)
        if (tokens > 0) assert.ok(costAt(rates, tokensIn, tokens) <= amount)
        if (tokens < limit) assert.ok(costAt(rates, tokensIn, tokens + 1) > amount || tokens === 0)
      },
    ),
  )
})
