import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { nanoUsd, nanoUsdPerMillion } from '../core/money.ts'
import { boundPrompt, costAt, outputTokensFor } from './bounds.ts'
import { measurePrompt } from './prompt-size.ts'
import { everyText, promptTexts } from './prompt-texts.ts'

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

const reader = { id: 'm', contextTokens: 1_000 }
const tokensOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + countTokens(text), 0)

/** Parts with media, and where in them the media stand; every other text in them may reach the model. */
const mediaParts = [
  { type: 'image_url', image_url: { url: 'PAYLOAD', detail: 'TEXT' } },
  { type: 'input_image', image_url: 'PAYLOAD', detail: 'TEXT' },
  { type: 'input_audio', input_audio: { data: 'PAYLOAD', format: 'TEXT' } },
  { type: 'file', file: { file_data: 'PAYLOAD', filename: 'TEXT' } },
  { type: 'input_file', file_data: 'PAYLOAD', filename: 'TEXT' },
  { type: 'video_url', video_url: { url: 'PAYLOAD' }, title: 'TEXT' },
  { type: 'document', source: { type: 'base64', data: 'PAYLOAD' }, context: 'TEXT' },
]

const filled = (value: unknown, text: string): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('PAYLOAD', text).replaceAll('TEXT', text))

/** The texts of a body that reach its provider as text: all but settings, and media in the content of messages. */
function textsSent(value: unknown, path: readonly string[] = []): string[] {
  if (path.length === 1 && path[0] === 'model') return []
  if (typeof value === 'string') return isPayload(path) ? [] : [value]
  if (typeof value !== 'object' || value === null) return []
  const names = path.length > 0 && !Array.isArray(value) ? Object.keys(value) : []
  return [...names, ...Object.entries(value).flatMap(([name, member]) => textsSent(member, [...path, name]))]
}

const isPayload = (path: readonly string[]): boolean =>
  /^messages\.\d+\.content\.\d+\.(?:.+\.)?(?:url|image_url|data|file_data)$/.test(path.join('.'))

test('whatever a body says and wherever, the bound is at least what a tokenizer counts over the texts that are sent on', () => {
  // Whatever it looks like, it costs a token a byte.
  const text = fc.integer({ min: 1, max: 60 }).map((length) => '\u0e47\u0b9c'.repeat(length))
  const media = fc.tuple(fc.constantFrom(...mediaParts), text).map(([part, said]) => filled(part, said) as object)
  const anything = fc.oneof(text, media, fc.jsonValue(), fc.array(media, { maxLength: 2 }))
  const message = fc.record(
    { role: fc.constantFrom('user', 'tool'), content: anything, name: text, tool_calls: anything },
    { requiredKeys: ['role', 'content'] },
  )
  const spoiled = fc.tuple(message, media).map(([said, part]) => ({ ...part, ...said }))
  const body = fc.record(
    {
      ...{ messages: fc.array(fc.oneof(message, spoiled), { minLength: 1, maxLength: 3 }), model: fc.constant('m') },
      ...{ tools: anything, response_format: anything, system: anything, whatever: anything, input: anything },
    },
    { requiredKeys: ['messages', 'model'] },
  )
  const learned = { outputTokensP95: 1, tokensPerByteP99: 1 }
  fc.assert(
    fc.property(body, (asked) => {
      const request = asked as never
      const tokens = tokensOf(textsSent(request))
      const size = measurePrompt(request)
      assert.ok(boundPrompt(size, reader, learned).promptTokensSized >= tokens)
      assert.ok(tokensOf(everyText(request)) >= tokens)
    }),
  )
})

test('what has the shape of a media part is text wherever no provider looks for one', () => {
  const long = 'word '.repeat(18_000)
  for (const part of mediaParts) {
    const shaped = filled(part, long) as object
    const bodies = [
      { model: 'm', messages: [{ ...shaped, role: 'user', content: 'Hi' }] },
      { ...chat('Hi'), tools: [shaped] },
      { ...chat('Hi'), tools: [{ type: 'function', function: { name: 'f', parameters: { content: [shaped] } } }] },
      { ...chat('Hi'), response_format: shaped },
      { ...chat('Hi'), input: [shaped] },
      { ...chat('Hi'), unheard_of: { content: [shaped] } },
    ]
    for (const body of bodies) assert.ok(measurePrompt(body as never).textBytes >= long.length, JSON.stringify(part))
    const message = { model: 'm', messages: [{ role: 'user', content: [filled(part, 'x')], type: 'file' }] }
    assert.ok(measurePrompt(message as never).textBytes < 200)
  }
  assert.ok(
    measurePrompt({ model: 'm', messages: [{ role: 'user', type: 'file', content: long }] }).textBytes >= 90_000,
  )
})

test('figures in tools and schemas are weighed as they are written', () => {
  const schema = { type: 'integer', enum: Array.from({ length: 1_000 }, (_, index) => 1_000_000 + index) }
  assert.ok(measurePrompt({ ...chat('Hi'), tools: [schema] }).textBytes >= 7_000)
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
  assert.ok(boundPrompt(measurePrompt(body), { id: 'm', contextTokens: 8_000 }).promptTokens < 8_200)
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
