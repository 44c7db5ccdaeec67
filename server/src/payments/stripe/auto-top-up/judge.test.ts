import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { usd } from '../../../core/money.ts'
import { afterFailure, type Circumstances, judge } from './judge.ts'

const now = new Date('2026-01-31T23:59:59Z')
const wish: Circumstances['row'] = {
  ...{ is_on: true, threshold: usd(5), monthly_max: usd(100), pause: null, order_id: null },
  next_at: new Date(0),
}
const judged = (row: Partial<Circumstances['row']>, more: Partial<Omit<Circumstances, 'row'>> = {}) =>
  judge({ row: { ...wish, ...row }, balance: usd(4), total: usd(20), spent: usd(0), now, ...more })

test('credits are bought below the threshold alone, and not while an order is under way, paused or put off', () => {
  equal(judged({}).kind, 'charge')
  equal(judged({}, { balance: usd(5) }).kind, 'rest')
  for (const row of [
    { is_on: false },
    { order_id: '01980f3e-7c1a-7000-8000-0123456789ab' },
    { pause: 'declined' },
    { pause: 'authentication' },
    { pause: 'card' },
    { pause: 'refused' },
    { next_at: new Date(now.getTime() + 1) },
  ] as const)
    equal(judged(row).kind, 'rest', JSON.stringify(row))
})

test('no more than the monthly ceiling leaves the card, and the next month goes on by itself', () => {
  equal(judged({}, { spent: usd(80) }).kind, 'charge')
  const stopped = judged({}, { spent: usd(81) })
  deepEqual(stopped.kind === 'pause' && [stopped.pause.kind, stopped.pause.until?.toISOString()], [
    'ceiling',
    '2026-02-01T00:00:00.000Z',
  ])
  match(stopped.kind === 'pause' ? stopped.pause.words : '', /100 USD .* on 2026-02-01/)
  equal(judged({ pause: 'ceiling' }, { now: new Date('2026-02-01T00:00:00Z') }).kind, 'charge')
})

test("a bank's no, and its wish to see the card holder, pause at once; what may pass is tried three times first", () => {
  const kinds = (kind: 'declined' | 'authentication' | 'refused' | 'passing', failures: number) => {
    const after = afterFailure({ kind, words: 'No.' }, failures)
    return after.kind === 'pause' ? after.pause.kind : after.kind
  }
  deepEqual(
    (['declined', 'authentication', 'refused'] as const).map((kind) => kinds(kind, 0)),
    ['declined', 'authentication', 'refused'],
  )
  deepEqual(
    [0, 1, 2, 3].map((failures) => kinds('passing', failures)),
    ['again', 'again', 'again', 'declined'],
  )
})
