import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTokens, tokenText, transferLink } from './token-amount.ts'

test('an amount of a token is written exactly and read back as it was', () => {
  equal(tokenText(20_400_000n, 6), '20.4')
  equal(tokenText(5_000_000_000_000_000n, 18), '0.005')
  equal(tokenText(7n, 0), '7')
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 30n }), fc.integer({ min: 0, max: 18 }), (units, decimals) =>
      equal(readTokens(tokenText(units, decimals), decimals), units),
    ),
  )
})

test('a link says who is paid how much of what on which network', () => {
  const to = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'
  const token = '0x5FbDB2315678afecb367f032d93F642f64180aa3'
  equal(
    transferLink({ chainId: 31_337, to, token, units: 20_400_000n }),
    `ethereum:${token}@31337/transfer?address=${to}&uint256=20400000`,
  )
  equal(transferLink({ chainId: 1, to, token: null, units: 5n }), `ethereum:${to}@1?value=5`)
})
