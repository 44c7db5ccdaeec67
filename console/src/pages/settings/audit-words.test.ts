import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf, deedWords } from './audit-words.ts'

test('a deed is told as words', () => {
  equal(deedWords('rotateKey'), 'rotate key')
  equal(deedWords('reconcile'), 'reconcile')
})

process.env['TZ'] = 'Asia/Kolkata'
const show = { unit: 'credits', zone: 'utc' } as const

test('a change is told field by field, and what had no value before says so', () => {
  const before = { limit_credits: null, disabled: false, allowed_models: null, requests_per_minute: 1_000 }
  const after = { limit_credits: '5700000', disabled: true, allowed_models: ['a/*', 'b'], requests_per_minute: null }
  deepEqual(changesOf({ before, after }, show), [
    { field: 'allowed models', from: 'none', to: 'a/*, b' },
    { field: 'disabled', from: 'no', to: 'yes' },
    { field: 'limit', from: 'none', to: '5,700,000 credits' },
    { field: 'requests per minute', from: '1,000', to: 'none' },
  ])
  const made = { before: null, after: { name: 'New', expires_at: null } }
  deepEqual(changesOf(made, show), [{ field: 'name', from: undefined, to: 'New' }])
  deepEqual(changesOf({ before: { name: 'Old' }, after: null }, show), [{ field: 'name', from: 'Old', to: undefined }])
  deepEqual(changesOf({ before: null, after: null }, show), [])
})

test('amounts are told in the unit of the reader, times in the zone of the reader, and digits of names as they are', () => {
  const after = {
    call_cap_credits: '20000',
    expires_at: '2026-03-01T10:20:33.456Z',
    last4: '4242',
    monthly_ceiling_usd: '1500.00',
    threshold: '1000000',
  }
  const told = (unit: 'credits' | 'usd', zone: 'utc' | 'local') =>
    changesOf({ before: null, after }, { unit, zone }).map(({ to }) => to)
  deepEqual(told('credits', 'utc'), ['20,000 credits', '2026-03-01 10:20:33 UTC', '4242', '$1,500.00', '1,000,000'])
  deepEqual(told('usd', 'local').slice(0, 2), ['$0.01', '2026-03-01 15:50:33 UTC+5:30'])
})
