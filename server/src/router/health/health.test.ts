import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noFacts } from '../../catalog/index.ts'
import { openBreaker } from './breaker.ts'
import { openRetryBudget, type Budget } from './budgets.ts'
import { openHealth } from './health.ts'
import { openOfferRecord } from './offer-record.ts'
import { openRing } from './ring.ts'
import { spans } from './windows.ts'
import { failed, limited, ok, openTimeline } from '../test/timeline.ts'

test('three failures in a row eject for five seconds; then one call at a time finds out, and each new ejection is longer', () => {
  const { call, enter, kind } = openTimeline()
  assert.deepEqual(
    [call(failed, 0), call(ok, 1), call(failed, 2), call(failed, 3), kind(3)],
    [true, true, true, true, 'well'],
  )
  call(failed, 4)
  assert.deepEqual([kind(4), kind(5_003), kind(5_004)], ['ejected', 'ejected', 'well'])
  const probe = enter(5_004)!
  assert.equal(kind(5_005), 'ejected', 'one at a time')
  assert.equal(enter(5_005), undefined)
  probe.leave(failed, 5_100)
  assert.deepEqual([kind(15_099), kind(15_100)], ['ejected', 'well'], 'ten seconds the second time')
  assert.ok(call(ok, 15_100))
  assert.deepEqual([kind(15_101), kind(60_000)], ['well', 'well'])
})

test('half of at least ten calls within 30 seconds eject, however they alternate; and what is long ago is forgotten', () => {
  const alternate = (spacingMs: number) => {
    const { call, kind } = openTimeline()
    for (let at = 0; at < 12; at++) call(at % 2 === 0 ? ok : failed, at * spacingMs)
    return kind(11 * spacingMs)
  }
  assert.deepEqual([alternate(1_000), alternate(10_000)], ['ejected', 'well'])
})

test('ejections double up to two minutes, and begin anew after five quiet minutes', () => {
  const breaker = openBreaker()
  let nowMs = 0
  const lengths: number[] = []
  for (let round = 0; round < 8; round++) {
    while (breaker.standing(nowMs).kind === 'well') breaker.failed(nowMs, { inARow: 3, ok: 0, failed: 0 })
    const standing = breaker.standing(nowMs)
    if (standing.kind !== 'ejected') assert.fail()
    lengths.push(standing.untilMs - nowMs)
    nowMs = standing.untilMs
  }
  assert.deepEqual(lengths, [5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000, 120_000])
  breaker.succeeded(nowMs)
  nowMs += 6 * 60_000
  for (let at = 0; at < 3; at++) breaker.failed(nowMs, { inARow: 3, ok: 0, failed: 0 })
  assert.deepEqual(breaker.standing(nowMs), { kind: 'ejected', untilMs: nowMs + 5_000 })
})

test('a provider at its limit is left alone for as long as it says, without its failures being counted', () => {
  const { call, kind, record } = openTimeline()
  call(limited(7), 0)
  assert.deepEqual([kind(6_999), kind(7_000)], ['limited', 'well'])
  call(ok, 7_000)
  call(limited(), 8_000)
  assert.deepEqual([kind(8_999), kind(9_000)], ['limited', 'well'], 'a second, when it does not say')
  call(limited(), 9_000)
  assert.deepEqual([kind(10_999), kind(11_000)], ['limited', 'well'], 'two seconds the next time')
  call(limited(86_400), 20_000)
  assert.equal(kind(20_000 + 5 * 60_000), 'well', 'never longer than five minutes')
  assert.deepEqual(record.windows.countsOver(spans.hour, 20_000), { ok: 1, failed: 0, limited: 4 })
})

test('calls refused together count as one refusal', () => {
  const { enter, kind } = openTimeline()
  const tickets = [enter(0)!, enter(0)!, enter(0)!, enter(0)!]
  for (const ticket of tickets) ticket.leave(limited(), 10)
  assert.deepEqual([kind(1_009), kind(1_010)], ['limited', 'well'])
})

test('the last one is asked although it rests, and is well again as soon as it answers', () => {
  const { call, kind } = openTimeline()
  for (let at = 0; at < 3; at++) call(failed, at)
  assert.equal(kind(10), 'ejected')
  assert.ok(!call(ok, 10))
  assert.ok(call(ok, 10, true))
  assert.equal(kind(11), 'well')
})

test('an answer that was asked for before the ejection does not end it', () => {
  const { call, enter, kind } = openTimeline()
  const early = enter(0)!
  for (let at = 1; at < 4; at++) call(failed, at)
  early.leave(ok, 10)
  assert.equal(kind(11), 'ejected')
})

test('what was the fault of the request, or was stopped, counts neither way', () => {
  const { call, record, kind } = openTimeline()
  for (let at = 0; at < 50; at++) call({ kind: 'neutral' }, at)
  assert.deepEqual([record.windows.countsOver(spans.hour, 50), kind(50)], [{ ok: 0, failed: 0, limited: 0 }, 'well'])
})

test('a probe that is stopped leaves its place to the next', () => {
  const { call, enter } = openTimeline()
  for (let at = 0; at < 3; at++) call(failed, at)
  const probe = enter(6_000)!
  assert.equal(enter(6_000), undefined)
  probe.leave({ kind: 'neutral' }, 6_001)
  assert.ok(enter(6_002))
})

test('no more calls at once, and in no minute more, than the operator allows; a full offer says when to come again', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ waitMs: fc.nat(20_000), lastsMs: fc.nat(30_000) }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 8 }),
      (arrivals, concurrencyMax, requestsPerMinuteMax) => {
        const record = openOfferRecord()
        const bounds = { ...noFacts, concurrencyMax, requestsPerMinuteMax }
        const sent: number[] = []
        let open: { readonly endsMs: number; readonly end: () => void }[] = []
        let nowMs = 0
        for (const { waitMs, lastsMs } of arrivals) {
          nowMs += waitMs
          for (const call of open.filter(({ endsMs }) => endsMs <= nowMs)) call.end()
          open = open.filter(({ endsMs }) => endsMs > nowMs)
          const entered = record.enter(bounds, nowMs, { anyway: true })
          if (entered.kind === 'full') {
            assert.ok(entered.retryAfterSeconds >= 1 && entered.retryAfterSeconds <= 61)
            continue
          }
          if (entered.kind !== 'entered') assert.fail('asked anyway')
          sent.push(nowMs)
          open.push({ endsMs: nowMs + lastsMs, end: () => entered.ticket.leave(ok, nowMs) })
          assert.ok(open.length <= concurrencyMax)
          assert.ok(sent.filter((ms) => ms > nowMs - 60_000).length <= requestsPerMinuteMax)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('in no ten seconds has a model more extra attempts than a quarter of its calls and 62, nor an account than four fifths of that', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ waitMs: fc.nat(1_500), calls: fc.nat(30), wanted: fc.nat(60), account: fc.constantFrom('a', 'b') }),
        { maxLength: 40 },
      ),
      (turns) => {
        const budget = openRetryBudget()
        const calls: number[] = []
        const retries: { readonly account: string; readonly ms: number }[] = []
        let nowMs = 0
        for (const { waitMs, calls: count, wanted, account } of turns) {
          nowMs += waitMs
          for (let at = 0; at < count; at++) {
            budget.called(nowMs)
            calls.push(nowMs)
          }
          const spent = Array.from({ length: wanted }, () => budget.spend(account, nowMs)).filter(Boolean)
          retries.push(...spent.map(() => ({ account, ms: nowMs })))
          const within = retries.filter(({ ms }) => ms > nowMs - 10_000)
          const allowed = 62 + 0.25 * calls.filter((ms) => ms > nowMs - 10_000).length
          assert.ok(within.length <= allowed)
          if (spent.length === 0) continue
          assert.ok(within.filter((each) => each.account === account).length <= 0.8 * (allowed + 1))
        }
      },
    ),
    { numRuns: 300 },
  )
})

const spends = (budget: Budget, account: string, nowMs: number) =>
  Array.from({ length: 60 }, () => budget.spend(account, nowMs)).filter(Boolean).length

test('a quiet model may fail over fifty times in ten seconds for one account, and again after them', () => {
  const budget = openRetryBudget()
  assert.deepEqual(
    [0, 5_000, 11_000].map((ms) => spends(budget, 'a', ms)),
    [50, 0, 50],
  )
})

test('whoever comes next finds some of the budget, however much an account takes of it', () => {
  const budget = openRetryBudget()
  assert.deepEqual(
    ['greedy', 'next', 'greedy', 'third'].map((account) => spends(budget, account, 0)),
    [50, 10, 0, 2],
  )
})

test('an account may hedge ten times in ten seconds and a fifth of its calls, whatever others do', () => {
  const health = openHealth()
  const [one, other] = [health.hedgesOf('one'), health.hedgesOf('other')]
  for (let call = 0; call < 100; call++) one.called(0)
  assert.deepEqual([spends(one, 'one', 0), spends(one, 'one', 9_000), spends(other, 'other', 0)], [30, 0, 10])
})

test('percentiles are within ten percent of what was measured, over the span that was asked for', () => {
  const { enter, record } = openTimeline()
  for (let ms = 1; ms <= 1_000; ms++) {
    const ticket = enter(0)!
    ticket.firstByte(ms, true)
    ticket.leave(ok, 2_000)
  }
  for (const [percentile, exact] of [
    ['p50', 500],
    ['p90', 900],
    ['p99', 990],
  ] as const) {
    const read = record.firstByteMs(percentile, 3_000)!
    assert.ok(Math.abs(read / exact - 1) < 0.1, `${percentile}: ${read}`)
  }
  assert.ok(record.firstByteMs('p50', 50 * 60_000), 'an hour is looked at where five minutes have nothing')
  assert.equal(record.firstByteMs('p50', 2 * spans.hour), undefined)
})

test('a slow first byte counts at once as load, is forgotten slowly, and waiting calls add to it', () => {
  const { enter, record } = openTimeline()
  enter(0)!.leave(ok, 100)
  const quick = record.load(100)
  enter(100)!.leave(ok, 2_100)
  assert.ok(record.load(2_100) > 10 * quick)
  assert.ok(record.load(62_100) < record.load(2_100) / 10)
  const idle = record.load(2_100)
  enter(2_100)
  assert.equal(record.load(2_100), 2 * idle)
})

test('a ring counts what falls into the span, whatever the gaps, and reading changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30_000), { maxLength: 60 }), (gaps) => {
      const ring = openRing({ slices: 11, sliceMs: 1_000, columns: 2 })
      const at: number[] = []
      let nowMs = 0
      for (const gap of gaps) {
        nowMs += gap
        ring.add(1, nowMs)
        at.push(nowMs)
        const expected = at.filter((ms) => Math.floor(ms / 1_000) > Math.floor(nowMs / 1_000) - 10).length
        assert.deepEqual(
          [ring.sum(1, 10_000, nowMs), ring.sum(1, 10_000, nowMs), ring.sum(0, 10_000, nowMs)],
          [expected, expected, 0],
        )
      }
      assert.equal(ring.sum(1, 10_000, nowMs + 11_000), 0)
    }),
  )
})
