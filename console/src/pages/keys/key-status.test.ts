import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { statusOf } from './key-status.ts'
import { aKey } from './test/a-key.ts'

const reading = { now: new Date('2026-01-23T12:00:00Z'), zone: 'utc', unit: 'usd' } as const
const status = (changes: Parameters<typeof aKey>[0]) =>
  statusOf(aKey({ last_used_at: '2026-01-22T12:00:00Z', ...changes }), reading)

test('what stops a key comes before what will stop it, and both before what is only unusual', () => {
  const reached = { limit_credits: '100', limit_left_credits: '0' }
  const soon = { expires_at: '2026-01-25T00:00:00Z' }
  equal(status({ disabled: true, ...reached, ...soon }).words, 'Frozen')
  equal(status({ expires_at: '2026-01-23T11:59:59Z', ...reached }).words, 'Expired')
  equal(status({ ...reached, ...soon }).words, 'Limit reached')
  equal(status({ limit_credits: '100', limit_left_credits: '20', ...soon }).words, 'Near its limit')
  equal(status({ ...soon, previous_secret_until: '2026-01-24T00:00:00Z' }).words, 'Expires soon')
  equal(status({ previous_secret_until: '2026-01-24T00:00:00Z' }).words, 'Being rotated')
  equal(status({ last_used_at: null }).words, 'Not used yet')
  equal(status({ last_used_at: '2025-12-20T00:00:00Z' }).words, 'Idle')
  equal(status({ last_used_at: null, kind: 'management' }).words, 'Working')
  equal(status({ limit_credits: '100', limit_left_credits: '21' }).words, 'Working')
})

test('a limit that is reached says what callers get and when it ends', () => {
  const { advice } = status({ limit_credits: '10000000', limit_left_credits: '0', limit_window: 'month' })
  match(advice, /^Calls get 402: all of \$5\.00 is spent or on hold\. It resets in 8 days/)
})
