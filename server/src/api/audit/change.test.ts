import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { auditTargets } from '../../accounts/index.ts'
import { type Change, entryOf } from './change.ts'
import { keptFields } from './fields.ts'

const accountId = '01980f3e-7c1a-7000-8000-000000000001'
const keyId = '01980f3e-7c1a-7000-8000-000000000002'
const shown = { id: keyId, account_id: accountId, name: 'Web', limit_credits: '5', disabled: false, spent_credits: '9' }

const change = (given: Partial<Change>): Change => ({
  kind: 'key',
  before: undefined,
  answer: {},
  params: { id: keyId },
  body: {},
  hidden: [],
  ownAccountId: 'own',
  ...given,
})

test('of a change only what differs is kept, before and after', () => {
  const entry = entryOf(change({ before: shown, answer: { data: { ...shown, limit_credits: null, name: 'Web' } } }))
  deepEqual(entry, {
    target: { kind: 'key', id: keyId },
    accountId,
    before: { limit_credits: '5' },
    after: { limit_credits: null },
  })
})

test('of something made, all of it is kept, but for its secret; of something deleted, how it was', () => {
  const made = entryOf(change({ params: {}, answer: { key: 'sk-rp-secret', data: shown } }))
  deepEqual([made.before, made.after], [undefined, { name: 'Web', disabled: false, limit_credits: '5' }])
  const gone = entryOf(change({ before: shown, answer: { deleted: true } }))
  deepEqual([gone.before, gone.after], [made.after, undefined])
})

test('a secret that was given is said to be set or taken away, and not what it is', () => {
  const provider = { id: 'p', name: 'x', base_url: 'https://a.example/v1?key=secret', has_api_key: true }
  const given = { kind: 'provider' as const, hidden: ['api_key'], before: provider, answer: { data: provider } }
  deepEqual(entryOf(change({ ...given, body: { api_key: 'secret' } })).after, { api_key_set: true })
  deepEqual(entryOf(change({ ...given, body: { api_key: null } })).after, { api_key_set: false })
  deepEqual(entryOf(change({ ...given, body: {} })).after, {})
})

test('an address where a secret may stand is kept as its origin, and a mailbox masked', () => {
  const webhook = { id: 'w', account_id: accountId, url: 'https://hooks.example/T0/B0/secret?token=secret' }
  const after = entryOf(change({ kind: 'webhook', answer: { data: webhook } })).after
  deepEqual(after, { url: 'https://hooks.example' })
  const invitation = { id: 'i', account_id: accountId, email: 'ada@example.com', role: 'viewer' }
  deepEqual(entryOf(change({ kind: 'invitation', answer: { data: invitation } })).after, {
    role: 'viewer',
    email: 'a...@example.com',
  })
})

test('what belongs to nobody in particular is of the account that changed it; what is of an account is its own', () => {
  equal(entryOf(change({ kind: 'model', params: {}, answer: { data: { id: 'a/b' } } })).accountId, 'own')
  const alerts = { kind: 'alerts' as const, params: { id: accountId }, answer: { data: { low_balance_credits: '1' } } }
  deepEqual(entryOf(change(alerts)), {
    target: { kind: 'alerts', id: accountId },
    accountId,
    before: undefined,
    after: { low_balance_credits: '1' },
  })
})

test('nothing is kept of any kind but the fields on its list, whatever the answer holds', () => {
  const anyObject = fc.dictionary(fc.string(), fc.jsonValue())
  fc.assert(
    fc.property(fc.constantFrom(...auditTargets), anyObject, anyObject, (kind, before, data) => {
      const entry = entryOf(
        change({ kind, before: { ...before, secret: 1 }, answer: { data: { ...data, secret: 2 } } }),
      )
      for (const name of Object.keys({ ...entry.before, ...entry.after })) {
        ok(Object.hasOwn(keptFields[kind], name), `${kind} ${name}`)
      }
    }),
  )
})
