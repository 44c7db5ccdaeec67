import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { array, assert as holds, asyncProperty, constantFrom, integer, property, string } from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { seededDice } from '../local/nano/sampler.ts'
import { openTokenCounter } from './index.ts'
import { cutRuns, runCharactersMax, slicesOf, sliceUnits } from './slices.ts'

const counter = openTokenCounter()
after(() => counter.close())

const trueCount = (text: string): number => countTokens(text, { disallowedSpecial: new Set<string>() })
const source = readFileSync(new URL('counter.ts', import.meta.url), 'utf8')

test('ordinary text is counted exactly, in any language', async () => {
  const texts = [
    source,
    'The quick brown fox jumps over the lazy dog.\n\n  Twice.',
    'Größenwahn für 12345,67 € – naïve café',
    '日本語の文章です。中文也可以。한국어도 됩니다.',
    '👩‍👩‍👧‍👦 emoji 🇩🇪 and \t tabs\r\n',
    '',
  ]
  for (const text of texts) assert.equal(await counter.count([text]), trueCount(text), text)
  assert.equal(
    await counter.count(texts),
    texts.reduce((sum, text) => sum + trueCount(text), 0),
  )
  assert.equal(await counter.count([]), 0)
})

test('text that spells out a special token is counted as the text that it is', async () => {
  assert.equal(await counter.count(['<|endoftext|> and <|im_start|>']), trueCount('<|endoftext|> and <|im_start|>'))
})

test('any short text is counted exactly', async () => {
  await holds(
    asyncProperty(string({ unit: 'binary', maxLength: 100 }), async (text) => {
      assert.equal(await counter.count([text]), trueCount(text))
    }),
  )
})

test('a long text of short words is counted exactly though it is counted in slices', async () => {
  const text = source.repeat(Math.ceil((3 * sliceUnits) / source.length))
  assert(text.length > 3 * sliceUnits)
  assert([...slicesOf(text)].length >= 3)
  assert.equal(await counter.count([text]), trueCount(text))
})

test('slices and cuts lose and double nothing, split no character, and leave no long run', () => {
  const parts = array(
    constantFrom('a', 'Ab ', 'é', '日', '😀', '-', '--/\n', '/\n', ' ', '\n', '12', 'ｶﾞ').chain((part) =>
      integer({ min: 1, max: 400 }).map((times) => part.repeat(times)),
    ),
    { maxLength: 8 },
  )
  holds(
    property(parts, (list) => {
      const text = list.join('')
      const pieces = [...slicesOf(text)].flatMap((slice) => Array.from(cutRuns(slice)))
      assert.equal(pieces.join(''), text)
      assert(pieces.every((piece) => piece.isWellFormed()))
      for (const piece of pieces) {
        // Kinds overlap, and some characters are two units.
        for (const [run] of piece.matchAll(/\p{L}+|[^\s\p{L}\p{N}]+|\s+/gu))
          assert(run.length <= 2 * 2 * runCharactersMax)
      }
    }),
  )
})

test('a cut changes the count by a few tokens at most, so a cut count cannot be far below the true one', () => {
  const run = array(constantFrom('a', 'e', 'th', 'ing', 'ß', '日', '本', 'X', 'q'), { minLength: 300, maxLength: 700 })
  holds(
    property(run, (letters) => {
      const text = letters.join('')
      const pieces = [...cutRuns(text)]
      const count = pieces.reduce((sum, piece) => sum + trueCount(piece), 0)
      assert(Math.abs(count - trueCount(text)) <= 4 * (pieces.length - 1))
    }),
    { numRuns: 30 },
  )
})

test('adversarial runs are counted in time that grows with their length alone', { timeout: 30_000 }, async () => {
  // In one piece, each of these would take about a minute.
  const dice = seededDice(7, 0)
  const random = Array.from({ length: 300_000 }, () => String.fromCharCode(97 + Math.floor(dice() * 26))).join('')
  const runs = ['a', 'A', '日', '-', ' ', '\n', '/\n', '!\r/', ' \n', 'aA', '\u0301', '=-'].map((unit) =>
    unit.repeat(300_000 / unit.length),
  )
  for (const text of [random, ...runs]) {
    const tokens = await counter.count([text])
    assert(tokens > 0 && tokens <= Buffer.byteLength(text), text.slice(0, 3))
  }
})

test('a small count does not wait for the end of a big one', async () => {
  const finished: string[] = []
  const big = counter.count([source.repeat(500)]).then(() => finished.push('big'))
  const small = counter.count(['hello']).then(() => finished.push('small'))
  await Promise.all([big, small])
  assert.deepEqual(finished, ['small', 'big'])
})

test('a closed counter, and one with too much waiting, still gives an estimate and never hangs', async () => {
  const closed = openTokenCounter()
  const open = closed.count([source.repeat(2_000)])
  await closed.close()
  const estimate = Math.ceil(Buffer.byteLength(source) * 2_000 * 0.25)
  assert.equal(await open, estimate)
  assert.equal(await closed.count(['12345678']), 2)
  assert.equal(await counter.count(['x'.repeat(70_000_000)]), 17_500_000)
})
