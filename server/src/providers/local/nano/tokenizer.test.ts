import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as holds, property, string } from 'fast-check'
import { readTokenizer, special } from './tokenizer.ts'

const tokenizer = readTokenizer()

test('any text can be encoded and comes back the same', () => {
  holds(
    property(string({ unit: 'binary', maxLength: 200 }), (text) => {
      const tokens = tokenizer.encode(text)
      assert.equal(tokenizer.decode(tokens), text)
      assert(
        tokens.every((token) => token > special.end),
        'text never makes a special token',
      )
      assert(tokens.length <= Buffer.byteLength(text), 'a token has at least one byte')
    }),
  )
})

test('known words are one token each, even when a text spells out a special one', () => {
  assert.equal(tokenizer.encode('What is RedPill?').length, 4)
  assert(tokenizer.encode('<eos><bot>').every((token) => token > special.end))
})

test('a message that is too long keeps its head and its tail', () => {
  const { messageTokensMax } = tokenizer.shape
  const message = Array.from({ length: 300 }, (_, at) => `${at % 10}`).join('')
  const prompt = tokenizer.promptOf(message)
  assert.equal(prompt.length, messageTokensMax + 3)
  assert.equal(tokenizer.decode(prompt), message.slice(0, 96) + message.slice(-96))
  assert.deepEqual(tokenizer.promptOf(''), [special.start, special.user, special.bot])
})
