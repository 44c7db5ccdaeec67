import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { assert as check, array, bigInt, double, property } from 'fast-check'
import { axisSteps, linePath, namedBuckets, sumOf } from './chart.ts'

test('an axis begins at nothing, ends at or past the highest value, and has few round steps', () => {
  deepEqual(axisSteps(73), [0, 20, 40, 60, 80])
  deepEqual(axisSteps(100), [0, 25, 50, 75, 100])
  deepEqual(axisSteps(0.3), [0, 0.1, 0.2, 0.3])
  deepEqual(axisSteps(0), [0, 1])
  check(
    property(double({ min: 1e-9, max: 1e18, noNaN: true }), (most) => {
      const steps = axisSteps(most)
      ok((steps.at(-1) ?? 0) >= most * 0.999_999 && steps.length >= 3 && steps.length <= 6)
    }),
  )
})

test('the total of a chart of money is exact', () => {
  check(
    property(array(bigInt({ min: 0n, max: 10n ** 20n })), (amounts) => {
      equal(
        BigInt(sumOf(amounts)),
        amounts.reduce((sum, amount) => sum + amount, 0n),
      )
    }),
  )
  equal(sumOf([1, 2.5]), 3.5)
})

test('names on an axis never stand closer than there is room for', () => {
  deepEqual(namedBuckets(30, 6), [0, 5, 10, 15, 20, 25])
  deepEqual(namedBuckets(3, 6), [0, 1, 2])
  deepEqual(namedBuckets(0, 6), [])
})

test('a line is broken where nothing was measured', () => {
  const path = linePath([1, 2, undefined, 3], (index) => index * 10, Number)
  equal(path, 'M0.0 1.0L10.0 2.0M30.0 3.0')
})
