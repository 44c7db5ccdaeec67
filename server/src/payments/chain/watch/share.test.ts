import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { PaymentRow } from '../store/rows.ts'
import { presentOf, share } from './share.ts'

type Row = Pick<PaymentRow, 'id' | 'state' | 'amount' | 'short' | 'missing'>

const rowOf = (state: Row['state'], amount: bigint, short = 0n, missing = 0n): Row => ({
  ...{ id: `${state}-${amount}`, state, amount: `${amount}`, short: `${short}`, missing: `${missing}` },
})
const settled = (rows: readonly Row[], came: bigint): Row[] => {
  const { changed } = share(rows, came)
  return rows.map((row) => {
    const to = changed.find((each) => each.row === row)
    return to ? { ...row, short: `${to.short}`, missing: `${to.missing}` } : row
  })
}
const total = (rows: readonly Row[]): bigint => rows.reduce((sum, row) => sum + presentOf(row), 0n)

test('what did not come is taken from the newest that is not credited, and what is credited is only missing', () => {
  const rows = [rowOf('credited', 10n), rowOf('found', 5n), rowOf('found', 7n)]
  const { changed } = share(rows, 8n)
  deepEqual(
    changed.map(({ row, short, missing }) => [row.amount, short, missing]),
    [
      ['10', 0n, 2n],
      ['5', 5n, 0n],
      ['7', 7n, 0n],
    ],
  )
})

const rowsDrawn = fc.array(
  fc
    .record({
      state: fc.constantFrom('found' as const, 'credited' as const),
      amount: fc.bigInt({ min: 1n, max: 100n }),
    })
    .map(({ state, amount }) => rowOf(state, amount)),
  { maxLength: 6 },
)
const cameDrawn = fc.bigInt({ min: 0n, max: 700n })

test('payments stand for exactly what came, up to all of them, whatever was there before, and what is beyond is told', () => {
  fc.assert(
    fc.property(rowsDrawn, cameDrawn, cameDrawn, (rows, first, then) => {
      const all = total(rows)
      const before = settled(rows, first)
      const { more } = share(before, then)
      const now = settled(before, then)
      equal(total(now) + more, then)
      equal(more, then > all ? then - all : 0n)
      for (const { state, amount, short, missing } of now) {
        ok(BigInt(short) >= 0n && BigInt(missing) >= 0n && BigInt(short) + BigInt(missing) <= BigInt(amount))
        if (state === 'credited') equal(short, '0')
        if (state === 'found') equal(missing, '0')
      }
      deepEqual(
        settled(now, all).map(({ short, missing }) => short + missing),
        rows.map(() => '00'),
      )
    }),
  )
})
