import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unreachable } from '../../api/by-key.ts'
import { plainWords } from './plain-words.ts'

const failure = (code: string, more: Partial<typeof unreachable> = {}) => ({ ...unreachable, code, ...more })

test('out of credits says how many are needed, how many there are, and what to do about that limit', () => {
  const metadata = { needed_credits: '2500', available_credits: '12.5' }
  const words = (limit: string) => plainWords(failure('insufficient_credits', { metadata: { ...metadata, limit } }))
  assert.match(words('account').what, /2,500 credits, and 12\.5 are there/)
  assert.deepEqual(
    ['account', 'key', 'call'].map((limit) => words(limit).step),
    ['credits', 'key', 'parameters'],
  )
})

test('too many calls says when to try again', () => {
  assert.match(plainWords(failure('rate_limit_exceeded', { retryAfterSeconds: 7 })).todo ?? '', /in 7 s/)
})

test('what has no plain words is told as the server said it', () => {
  assert.deepEqual(plainWords(failure('new_code', { message: 'As it was said.' })), { what: 'As it was said.' })
})
