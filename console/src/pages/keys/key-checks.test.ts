import { deepEqual, match } from 'node:assert/strict'
import { test } from 'node:test'
import { checksOf } from './key-checks.ts'
import { aKey } from './test/a-key.ts'

const now = new Date('2026-01-23T12:00:00Z')
const account = { available: 5_000_000_000n, isFrozen: false }
const reading = { now, zone: 'utc', unit: 'usd', account } as const
const stopping = (changes: Parameters<typeof aKey>[0], of: Partial<typeof reading> | object = {}) =>
  checksOf(aKey(changes), { ...reading, ...of })
    .filter(({ state }) => state === 'stops')
    .map(({ id, refusal }) => `${id} ${refusal}`)

test('what would refuse a call now is named with the status it gets: everything at once, not the first alone', () => {
  deepEqual(stopping({}), [])
  const reached = { limit_credits: '100', limit_left_credits: '0' }
  deepEqual(stopping({ ...reached, disabled: true }), ['key 401', 'limit 402'])
  deepEqual(stopping({ expires_at: '2026-01-01T00:00:00Z' }), ['key 401'])
  deepEqual(stopping({}, { account: { available: 0n, isFrozen: false } }), ['account 402'])
  deepEqual(stopping(reached, { account: { available: 0n, isFrozen: true } }), ['account 403', 'limit 402'])
})

test('a limit that calls under way hold says so, since it comes free when they end', () => {
  const limit = checksOf(
    aKey({ limit_credits: '100', limit_left_credits: '0', window_held_credits: '40', limit_window: 'total' }),
    { ...reading, unit: 'credits' },
  ).find(({ id }) => id === 'limit')
  match(limit?.words ?? '', /^All of 100 credits is used, 40 credits of it on hold for calls under way\.$/)
})
