import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerPieces } from './answer-text.ts'

test('code between fences is set apart, with its language', () => {
  assert.deepEqual(answerPieces('Look:\n\n```ts\nconst a = 1\n```\nDone.'), [
    { kind: 'words', text: 'Look:' },
    { kind: 'code', language: 'ts', text: 'const a = 1' },
    { kind: 'words', text: 'Done.' },
  ])
})

test('code that still streams in is code already', () => {
  assert.deepEqual(answerPieces('```\nhalf'), [{ kind: 'code', language: '', text: 'half' }])
})

test('a shorter fence inside a longer one is code, and so are fences of the other kind', () => {
  assert.deepEqual(answerPieces('````md\n```\nx\n```\n````'), [{ kind: 'code', language: 'md', text: '```\nx\n```' }])
  assert.deepEqual(answerPieces('~~~\n```\n~~~'), [{ kind: 'code', language: '', text: '```' }])
})

test('markup stays the text that it is', () => {
  const hostile = '<img src=x onerror=alert(1)>\n[a](javascript:alert(1))'
  assert.deepEqual(answerPieces(hostile), [{ kind: 'words', text: hostile }])
})
