import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyUses, sumUpUsage } from './index.ts'
import { reserveOf, settleOf, testLedger } from './test/ledger.ts'

test('what a key spent today, this week and this month, and its last call, are the same before and after they are summed up', async (t) => {
  const ledger = await testLedger(t)
  const { db } = ledger
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n)
  const unused = await ledger.addKey(customer.accountId)
  const call = async (at: string, cost: bigint, app?: string) => {
    ledger.setNow(new Date(at))
    const callId = ledger.makeId()
    await lane.reserve(reserveOf(customer, callId, cost))
    await lane.settle(settleOf(callId, cost, { detail: app === undefined ? {} : { labels: { app_title: app } } }))
  }
  await call('2026-05-31T23:00:00Z', 1n)
  await call('2026-06-03T12:00:00Z', 2n)
  await call('2026-06-09T12:00:00Z', 4n, 'Earlier')
  await call('2026-06-10T01:00:00Z', 8n)
  await call('2026-06-10T11:30:00Z', 16n, 'Editor')
  const now = new Date('2026-06-10T12:00:00Z') // a Wednesday
  const spent = { day: 24n, week: 28n, month: 30n, lastAt: new Date('2026-06-10T11:30:00Z'), lastApp: 'Editor' }
  for (const most of [undefined, 3, 100]) {
    if (most !== undefined) await sumUpUsage(db, most)
    const uses = await keyUses(db, [customer.keyId, unused], now)
    assert.deepEqual(Object.fromEntries(uses.map(({ keyId, ...use }) => [keyId, use])), {
      [customer.keyId]: spent,
      [unused]: { day: 0n, week: 0n, month: 0n, lastAt: undefined, lastApp: undefined },
    })
  }
})
