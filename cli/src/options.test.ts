import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidArgumentError } from 'commander'
import {
  readAmount,
  readAmountOrNone,
  readCount,
  readFuture,
  readFutureOrNever,
  readPast,
  readTemperature,
} from './options.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

test('moments are days, times or spans from now, backward or forward', () => {
  assert.equal(readFuture('30d')(now), '2026-03-31T12:00:00.000Z')
  assert.equal(readPast('12h')(now), '2026-03-01T00:00:00.000Z')
  assert.equal(readPast('2w')(now), '2026-02-15T12:00:00.000Z')
  assert.equal(readPast('2026-01-31')(now), '2026-01-31T00:00:00.000Z')
  assert.equal(readFuture('2026-01-31T12:00:00+02:00')(now), '2026-01-31T10:00:00.000Z')
  assert.equal(readFutureOrNever('never')(now), null)
  for (const wrong of ['', 'tomorrow', '5', '-1d', '2026-13-01', '2026-01-31T12:00']) {
    assert.throws(() => readFuture(wrong), InvalidArgumentError, wrong)
  }
})

test('amounts keep every digit, and what is no amount is wrong usage', () => {
  assert.equal(readAmount('1,000,000.002'), '1000000.002')
  assert.equal(readAmountOrNone('none'), 'none')
  for (const wrong of ['1e6', '-5', 'ten', '', '1.'])
    assert.throws(() => readAmount(wrong), InvalidArgumentError, wrong)
})

test('counts are whole and at least one, temperatures from 0 to 2', () => {
  assert.equal(readCount('12'), 12)
  assert.equal(readTemperature('0.7'), 0.7)
  for (const wrong of ['0', '-1', '1.5', 'x', '']) assert.throws(() => readCount(wrong), InvalidArgumentError, wrong)
  for (const wrong of ['', ' ', '3', '-0.1', 'hot'])
    assert.throws(() => readTemperature(wrong), InvalidArgumentError, wrong)
})
