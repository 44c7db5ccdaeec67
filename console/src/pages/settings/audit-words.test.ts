import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { changesOf, deedWords } from './audit-words.ts'

test('a deed is told as words', () => {
  equal(deedWords('rotateKey'), 'rotate key')
  equal(deedWords('reconcile'), 'reconcile')
})

test('a change is told field by field, with nothing where there was nothing', () => {
  const before = { limit_credits: '5', disabled: false, allowed_models: null }
  const after = { limit_credits: '10', disabled: true, allowed_models: ['a/*', 'b'] }
  deepEqual(changesOf({ before, after }), [
    { field: 'allowed models', from: undefined, to: 'a/*, b' },
    { field: 'disabled', from: 'no', to: 'yes' },
    { field: 'limit credits', from: '5', to: '10' },
  ])
  deepEqual(changesOf({ before: null, after: { name: 'New' } }), [{ field: 'name', from: undefined, to: 'New' }])
  deepEqual(changesOf({ before: null, after: null }), [])
})
