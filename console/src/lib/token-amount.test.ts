import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { tokenText } from './token-amount.ts'

test('an amount of a token is written exactly', () => {
  equal(tokenText(20_400_000n, 6), '20.4')
  equal(tokenText(5_000_000_000_000_000n, 18), '0.005')
  equal(tokenText(7n, 0), '7')
})
