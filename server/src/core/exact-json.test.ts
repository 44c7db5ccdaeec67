import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalExactJson, keepsNumbersOf, parseExactJson, writeExactJson } from './exact-json.ts'
import { canonicalJson, type JsonObject } from './json.ts'

/** A body as it is sent on: read, changed a little, written. */
function passOn(text: string, change: (body: JsonObject) => JsonObject = (body) => ({ ...body })): string {
  const { value, sources } = parseExactJson(text)
  return writeExactJson(change(value as JsonObject), sources)
}

test('numbers that JavaScript cannot keep are written as they were, wherever they stand', () => {
  const text =
    '{"seed":9007199254740993,"huge":1e400,"tiny":-1.5E-400,"fine":0.1000000000000000055,' +
    '"tools":[{"parameters":{"maximum":9223372036854775807,"enum":[1,18446744073709551615]}}]}'
  equal(passOn(text), text)
})

test('a number that was changed on the way is written as it became', () => {
  equal(
    passOn('{"seed":9007199254740993,"max":9007199254740995}', (body) => ({ ...body, max: 5 })),
    '{"seed":9007199254740993,"max":5}',
  )
})

test('other bodies are read and written as ever, without a look at their numbers', () => {
  for (const text of ['{"a":1,"b":[1.5,-2e10],"c":"1234567890123456789"}', '{"id":"a:1e400"}', '[1]', '"x"', 'null']) {
    const { value, sources } = parseExactJson(text)
    deepEqual([value, sources], [JSON.parse(text), undefined])
  }
  for (const text of ['', '{', '{"a":12345678901234567,}', '[1e400']) equal(parseExactJson(text).value, undefined)
})

test('a text that looks like a number in a string stays a string', () => {
  const text = '{"messages":[{"content":", 12345678901234567890"}],"seed":1}'
  equal(passOn(text), text)
})

test('no number, however long, takes longer than its text is', () => {
  const zeros = '0'.repeat(1_000_000)
  const texts = [`{"a":0.1${zeros}1}`, `{"a":1e-${'9'.repeat(1_000_000)}}`, `{"a":1${zeros.replaceAll('00', '01')}}`]
  // By their squares these would take most of an hour.
  for (const text of texts) parseExactJson(text)
})

test('requests that are sent differently give different text to hash, and all others the text of before', () => {
  const hashed = (text: string) => {
    const { value, sources } = parseExactJson(text)
    return canonicalExactJson(value!, sources)
  }
  equal(new Set(['{"a":9007199254740993}', '{"a":9007199254740992}', '{"a":1e400}', '{"a":null}'].map(hashed)).size, 4)
  equal(hashed('{"a":{"b":9007199254740993}}'), hashed('{"a":{"b": 9007199254740993}}'))
  equal(hashed('{"b":1,"a":2}'), canonicalJson({ a: 2, b: 1 }))
})

test('numbers are kept where what holds them is sent itself, and not where it was made anew', () => {
  const { value, sources } = parseExactJson('{"seed":9007199254740993,"tools":[{"max":9007199254740993}]}')
  const asked = value as { tools: [JsonObject] }
  const keeps = (body: JsonObject) => keepsNumbersOf(body, asked, sources!)
  deepEqual(
    [keeps(asked), keeps({ ...asked, model: 'm' }), keeps({ tools: [{ ...asked.tools[0] }] })],
    [true, true, false],
  )
})

test('whatever the number, what is written says the same number', () => {
  const digits = fc.stringMatching(/^[1-9]\d{0,30}$/)
  const number = fc
    .tuple(fc.constantFrom('', '-'), digits, fc.option(digits), fc.option(fc.integer({ min: -500, max: 500 })))
    .map(([sign, whole, fraction, exponent]) => {
      return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`
    })
  fc.assert(
    fc.property(number, number, (one, other) => {
      const written = passOn(`{"a":${one},"b":[${other}]}`)
      const [, a = '', b = ''] = /^\{"a":(.*),"b":\[(.*)\]\}$/.exec(written) ?? []
      equal(decimal(a), decimal(one))
      equal(decimal(b), decimal(other))
    }),
  )
})

/** As a fraction of whole numbers, brought to one form. */
function decimal(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text)!
  const scaled = BigInt(whole + fraction) * 10n ** BigInt(1_100 + Number(exponent) - fraction.length)
  return `${sign}${scaled}`
}
