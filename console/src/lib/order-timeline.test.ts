import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { shortTimeline } from './order-timeline.ts'

test('confirmations of one transaction are one line, those of another stay apart', () => {
  const entries = [
    { kind: 'began' },
    { kind: 'seen', tx_hash: '0xa', confirmations: 1 },
    { kind: 'seen', tx_hash: '0xa', confirmations: 2 },
    { kind: 'seen', tx_hash: '0xb', confirmations: 1 },
    { kind: 'received', tx_hash: '0xb' },
  ]
  deepEqual(
    shortTimeline(entries).map(({ kind, confirmations }) => [kind, confirmations]),
    [
      ['began', undefined],
      ['seen', 2],
      ['seen', 1],
      ['received', undefined],
    ],
  )
})
