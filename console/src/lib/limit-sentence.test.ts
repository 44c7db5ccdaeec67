import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { limitSentence } from './limit-sentence.ts'
import { credits } from './money.ts'

const now = new Date('2026-01-23T12:00:00Z')

test('a limit reads back what it stops, what is left and when it begins anew', () => {
  const limit = { limit: credits('10000000'), window: 'month', left: credits('6240000') } as const
  equal(
    limitSentence(limit, 'usd', now),
    'At most $5.00 per calendar month (UTC), then calls get 402; $3.12 left, resets in 8 days.',
  )
  equal(
    limitSentence(limit, 'credits', now),
    'At most 10,000,000 credits per calendar month (UTC), then calls get 402; 6,240,000 credits left, resets in 8 days.',
  )
})

test('a limit in total never resets, and says so by not naming a day', () => {
  equal(
    limitSentence({ limit: credits('2000000'), window: 'total', left: credits('20000') }, 'usd', now),
    'At most $1.00 in total, then calls get 402; $0.01 left.',
  )
})

test('a limit of which nothing is left says that every call is refused, and until when', () => {
  equal(
    limitSentence({ limit: credits('2000000'), window: 'total', left: 0n }, 'usd', now),
    'At most $1.00 in total, then calls get 402; nothing is left, so every call gets 402 now.',
  )
  equal(
    limitSentence({ limit: credits('2000000'), window: 'month', left: 0n }, 'usd', now),
    'At most $1.00 per calendar month (UTC), then calls get 402; nothing is left, so every call gets 402 until it resets in 8 days.',
  )
})

test('a limit that is being written is read back before it is saved', () => {
  equal(
    limitSentence({ limit: credits('2000000'), window: 'day', callCap: credits('20000') }, 'usd', now),
    'At most $1.00 per calendar day (UTC), then calls get 402; the first window resets in 12 hours. One call may cost at most $0.01.',
  )
})

test('a key without a limit says what then bounds it', () => {
  equal(
    limitSentence({ limit: undefined, window: 'total' }, 'usd', now),
    'No limit of its own: it may spend all that the account has.',
  )
})
