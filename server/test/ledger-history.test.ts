import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contradictions, type Entry, type Event } from './support/ledger-history.ts'

/** The judge of the crash test is itself on trial: a ledger that lies in any one way must be caught. */

const story: readonly Event[] = [
  { is: 'try-reserve', call: 'settled', account: 'a', key: 'k', wanted: '100' },
  { is: 'got-hold', call: 'settled', amount: '100' },
  { is: 'try-grow', call: 'settled', wanted: '150' },
  { is: 'got-hold', call: 'settled', amount: '150' },
  { is: 'try-settle', call: 'settled', cost: '120', state: 'ok' },
  { is: 'got-settle', call: 'settled', kind: 'settled', charged: '120', shortfall: '0' },
  { is: 'try-reserve', call: 'unanswered', account: 'a', key: 'k', wanted: '100' },
  { is: 'got-hold', call: 'unanswered', amount: '100' },
  { is: 'try-note', call: 'unanswered', cost: '30' },
  { is: 'try-settle', call: 'unanswered', cost: '40', state: 'aborted' },
  { is: 'try-reserve', call: 'interrupted', account: 'a', key: 'k', wanted: '100' },
  { is: 'got-hold', call: 'interrupted', amount: '100' },
  { is: 'try-note', call: 'interrupted', cost: '10' },
  { is: 'try-note', call: 'interrupted', cost: '20' },
  { is: 'try-note', call: 'interrupted', cost: '30' },
  { is: 'got-recovery', call: 'interrupted', charged: '20' },
  { is: 'try-reserve', call: 'refused', account: 'a', key: 'k', wanted: '100' },
  { is: 'got-refusal', call: 'refused' },
  { is: 'try-reserve', call: 'unheard', account: 'a', key: 'k', wanted: '100' },
]

const entry = (call: string, changes: Partial<Entry>): Entry => ({
  call,
  account: 'a',
  key: 'k',
  held: 100n,
  charged: 0n,
  shortfall: 0n,
  state: 'ok',
  noted: 0n,
  ...changes,
})
const settled = entry('settled', { held: 150n, charged: 120n })
const unanswered = entry('unanswered', { charged: 40n, state: 'aborted', noted: 30n })
const interrupted = entry('interrupted', { charged: 20n, state: 'interrupted', noted: 20n })

test('a ledger that agrees with what its processes saw has no contradictions, whatever became of the unanswered', () => {
  const unansweredInterrupted = entry('unanswered', { charged: 30n, state: 'interrupted', noted: 30n })
  const unheard = entry('unheard', { state: 'interrupted' })
  assert.deepEqual(contradictions(story, [settled, unanswered, interrupted]), [])
  assert.deepEqual(contradictions(story, [settled, unansweredInterrupted, interrupted, unheard]), [])
})

const lies: Readonly<Record<string, readonly Entry[]>> = {
  'an acknowledged settle is lost': [unanswered, interrupted],
  'an acknowledged settle is doubled': [settled, settled, unanswered, interrupted],
  'an acknowledged settle stands at another amount': [{ ...settled, charged: 119n }, unanswered, interrupted],
  'an acknowledged settle stands as interrupted': [
    { ...settled, state: 'interrupted', noted: 120n },
    unanswered,
    interrupted,
  ],
  'a confirmed growth is lost': [{ ...settled, held: 149n }, unanswered, interrupted],
  'a hold grew beyond what was asked': [{ ...settled, held: 151n }, unanswered, interrupted],
  'a charge is above its hold': [settled, { ...unanswered, held: 39n }, interrupted],
  'a charge is on another key': [settled, { ...unanswered, key: 'other' }, interrupted],
  'an unanswered settle stands at another amount': [settled, { ...unanswered, charged: 41n }, interrupted],
  'a held call left no receipt': [settled, interrupted],
  'an interrupted call is charged beside its checkpoint': [settled, unanswered, { ...interrupted, charged: 21n }],
  'a checkpoint stands that was never made': [settled, unanswered, { ...interrupted, charged: 25n, noted: 25n }],
  'a recovered call stands at another amount': [settled, unanswered, { ...interrupted, charged: 30n, noted: 30n }],
  'a refused call is charged': [settled, unanswered, interrupted, entry('refused', {})],
  'a call is charged that nobody made': [settled, unanswered, interrupted, entry('foreign', {})],
  'an unheard call is charged': [
    settled,
    unanswered,
    interrupted,
    entry('unheard', { charged: 1n, state: 'interrupted' }),
  ],
}

for (const [lie, entries] of Object.entries(lies)) {
  test(`it is caught when ${lie}`, () => {
    assert.equal(contradictions(story, entries).length > 0, true)
  })
}

test('a call that two siblings say they recovered is caught', () => {
  const twice: Event[] = [...story, { is: 'got-recovery', call: 'interrupted', charged: '20' }]
  assert.equal(contradictions(twice, [settled, unanswered, interrupted]).length, 1)
})
