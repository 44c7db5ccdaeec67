import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noFacts } from '../../catalog/index.ts'
import { failed, ok } from '../test/timeline.ts'
import { openOfferRecord, type Outcome } from './offer-record.ts'

/** An offer and the calls of several accounts. */
function openStreet() {
  const record = openOfferRecord()
  const enter = (accountId: string, nowMs: number) => {
    const entered = record.enter(noFacts, nowMs, { anyway: true, accountId })
    assert.ok(entered.kind === 'entered')
    return entered.ticket
  }
  return {
    record,
    enter,
    call: (accountId: string, outcome: Outcome, nowMs: number): void => enter(accountId, nowMs).leave(outcome, nowMs),
    /** Streams one after the other, each of which begins after so long; tells when the last did. */
    stream: (accountId: string, count: number, fromMs: number, waitMs: number): number => {
      for (let at = 0; at < count; at++) {
        const ticket = enter(accountId, fromMs + at * waitMs)
        ticket.firstByte(fromMs + (at + 1) * waitMs, true)
        ticket.leave(ok, fromMs + (at + 1) * waitMs)
      }
      return fromMs + count * waitMs
    },
    kindFor: (accountId: string, nowMs: number) => record.standing(nowMs, accountId).kind,
  }
}

test('what fails for one account alone keeps that account away, and nobody else', () => {
  const { call, kindFor, record } = openStreet()
  call('other', ok, 0)
  for (let nowMs = 1; nowMs <= 30; nowMs++) call('one', failed, nowMs)
  assert.deepEqual([kindFor('one', 31), kindFor('other', 31), record.standing(31).kind], ['ejected', 'well', 'well'])
  assert.equal(record.failedPart(31), 0, 'nor does it weigh in their draw')
  call('one', ok, 10_000)
  assert.equal(kindFor('one', 10_001), 'well')
})

test('what fails for two accounts keeps all away, where each counts for no more than the other', () => {
  const { call, kindFor, record } = openStreet()
  call('other', ok, 0)
  for (let nowMs = 1; nowMs <= 5; nowMs++) call('one', failed, nowMs)
  call('other', failed, 6)
  assert.deepEqual([kindFor('one', 7), kindFor('third', 7)], ['ejected', 'well'])
  assert.equal(record.failedPart(7), 2 / 10)
  call('other', failed, 8)
  assert.deepEqual([kindFor('one', 9), kindFor('other', 9), kindFor('third', 9)], ['ejected', 'ejected', 'ejected'])
})

test('one failure of another account, amid calls that are well, does not lend its weight to a flood of them', () => {
  const { call, kindFor } = openStreet()
  for (let nowMs = 0; nowMs < 20_000; nowMs += 100) {
    call(`good ${nowMs % 700}`, nowMs === 10_000 ? failed : ok, nowMs)
    for (let at = 1; at < 5; at++) call('bad', failed, nowMs + at)
    assert.equal(kindFor('good', nowMs + 5), 'well')
  }
})

test('an account that has had an offer to itself for five minutes speaks for all', () => {
  const { call, kindFor } = openStreet()
  call('other', ok, 0)
  for (let nowMs = 300_001; nowMs <= 300_003; nowMs++) call('one', failed, nowMs)
  assert.equal(kindFor('other', 300_004), 'ejected')
})

test('a probe of the operator is no company, and what it finds counts', () => {
  const probed = (outcome: Outcome) => {
    const { call, kindFor, record } = openStreet()
    const entered = record.enter(noFacts, 0, { anyway: true })
    assert.ok(entered.kind === 'entered')
    entered.ticket.leave(outcome, 0)
    for (let nowMs = 1; nowMs <= 3; nowMs++) call('one', failed, nowMs)
    return kindFor('other', 4)
  }
  assert.deepEqual([probed(ok), probed(failed)], ['ejected', 'ejected'])
})

test('an outage is still known where failures of two accounts are minutes apart, unless a call was well in between', () => {
  const told = (isWell: boolean) => {
    const { call, kindFor } = openStreet()
    for (let at = 0; at < 2; at++) call('other', failed, at)
    if (isWell) call('third', ok, 60_000)
    for (let at = 0; at < 3; at++) call('one', failed, 120_000 + at)
    return kindFor('third', 120_003)
  }
  assert.deepEqual([told(false), told(true)], ['ejected', 'well'])
})

test('the long prompts of one account do not make an offer late for others; those of two do', () => {
  const { stream, kindFor } = openStreet()
  const beganMs = stream('other', 100, 0, 300)
  const floodMs = stream('one', 30, beganMs, 6_000)
  assert.equal(kindFor('other', floodMs), 'well')
  const again = openStreet()
  const nowMs = again.stream('other', 100, 0, 300)
  const lateMs = again.stream('one', 7, again.stream('other', 1, nowMs, 6_000), 6_000)
  assert.equal(again.kindFor('third', lateMs), 'silent')
})

test('whatever one account makes fail or begin late, an offer that is well for the others stays in their plans', () => {
  const step = fc.record({
    accountId: fc.constantFrom('bad', 'bad', 'bad', 'good', 'better'),
    gapMs: fc.nat(20_000),
    waitMs: fc.constantFrom(200, 5_000, 20_000),
    outcome: fc.constantFrom<Outcome>(failed, { kind: 'neutral' }, ok),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const street = openStreet()
      let nowMs = street.stream('good', 20, 0, 300)
      for (const { accountId, gapMs, waitMs, outcome } of steps) {
        nowMs += gapMs
        if (accountId === 'bad') {
          const ticket = street.enter('bad', nowMs)
          nowMs += waitMs
          ticket.firstByte(nowMs, true)
          ticket.leave(outcome, nowMs)
        } else nowMs = street.stream(accountId, 1, nowMs, 300)
        // Others are there: within the five minutes after which one is taken to be alone.
        nowMs = street.stream('better', 1, nowMs, 300)
        assert.equal(street.kindFor('good', nowMs), 'well')
        assert.equal(street.record.failedPart(nowMs), 0)
      }
    }),
    { numRuns: 300 },
  )
})
