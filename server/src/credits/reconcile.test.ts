import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nanoUsd } from '../core/money.ts'
import { correct, expireLots, foldPlatformAccounts, grant, reconcile } from './index.ts'
import { reserveOf, settleOf, testLedger, type TestLedger } from './test/ledger.ts'

/** A small life: credits come, calls are paid, fail, fall short and stay open; one grant is taken back, one expires. */
async function liveALittle(ledger: TestLedger) {
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000n, { limit: nanoUsd(700n), window: 'month' })
  const { accountId } = customer
  const give = async (amount: bigint, expiresAt?: Date) => {
    const transferId = ledger.makeId()
    await grant(ledger.db, { transferId, accountId, amount: nanoUsd(amount), reference: transferId, expiresAt })
    return transferId
  }
  const mistake = await give(50n)
  await give(20n, ledger.now())
  await expireLots(ledger.db, ledger.makeId, new Date(ledger.now().getTime() + 1_000))
  const back = { transferId: ledger.makeId(), reverses: mistake, amount: nanoUsd(50n), reference: 'mistake' }
  assert.equal((await correct(ledger.db, back)).kind, 'posted')
  const calls = Array.from({ length: 4 }, ledger.makeId)
  for (const callId of calls) await lane.reserve(reserveOf(customer, callId, 150n))
  await lane.settle(settleOf(calls[0]!, 120n))
  await lane.settle(settleOf(calls[1]!, 0n, { state: 'failed', status: 502 }))
  await lane.settle(settleOf(calls[2]!, 900n)) // 430 are left of the limit: the rest falls short
  await lane.close()
  return { ...customer, open: calls[3]!, paid: calls[0]! }
}

const wrong = async ({ database }: TestLedger) =>
  (await reconcile(database)).invariants.filter(({ ok }) => !ok).map(({ id }) => id)

test('a ledger that nobody touched reconciles, before and after folding, whole and on a sample', async (t) => {
  const ledger = await testLedger(t)
  assert.deepEqual(await wrong(ledger), [], 'an empty one too')
  await liveALittle(ledger)
  assert.deepEqual(await wrong(ledger), [])
  assert.ok((await foldPlatformAccounts(ledger.db)) > 0)
  assert.equal(await foldPlatformAccounts(ledger.db), 0)
  assert.deepEqual(await wrong(ledger), [])
  assert.equal((await reconcile(ledger.database, { sampleAccounts: 5 })).ok, true)
})

/** What someone with a way into the database may do, and which promises are then seen to be broken. */
const tampering: [deed: string, sql: string, broken: string[]][] = [
  [
    'adds credits to a balance',
    'update ledger_account set credits_posted = credits_posted + 5 where id = $account',
    ['I1', 'I2'],
  ],
  ['forgets a debit', 'update ledger_account set debits_posted = debits_posted - 5 where id = $account', ['I1', 'I2']],
  ['frees a hold in the balance', 'update ledger_account set debits_pending = 0 where id = $account', ['I2']],
  ['loses a hold', 'delete from hold where call_id = $open', ['I2', 'I4']],
  [
    'overdraws an account',
    'alter table ledger_account drop constraint never_overdrawn; update ledger_account set debits_pending = 9999 where id = $account',
    ['I2', 'I3'],
  ],
  ['forgets what a key spent', 'update key_budget set window_spent = 0, total_spent = 0 where key_id = $key', ['I4']],
  ['lowers a limit by hand', 'update key_budget set limit_nano = 1 where key_id = $key', ['I4']],
  [
    'makes a receipt cheaper',
    'update charge set charged = 1, provider_amount = 0 where call_id = $paid',
    ['I2', 'I4', 'I8', 'I9'],
  ],
  ['moves a shortfall', 'update charge set shortfall = 7 where call_id = $paid', ['I8']],
  [
    'owes the provider more than was paid',
    'alter table charge drop constraint parts_sum; update charge set provider_amount = 500 where call_id = $paid',
    ['I6', 'I8'],
  ],
  ['deletes a receipt', 'delete from charge where call_id = $paid', ['I2', 'I4', 'I8', 'I9']],
  [
    'copies a receipt to another time',
    `insert into charge select (jsonb_populate_record(charge, '{"at": "2020-01-01T00:00:00Z"}')).* from charge where call_id = $paid`,
    ['I2', 'I4', 'I5', 'I8', 'I9'],
  ],
  ['holds a settled call again', 'update hold set call_id = $paid where call_id = $open', ['I5']],
  [
    'changes a grant',
    "update transfer set amount = amount + 1 where kind = 'grant' and sequence = 1",
    ['I2', 'I7', 'I8', 'I9'],
  ],
  [
    'changes a lot',
    'update lot set amount = amount + 1 where transfer_id = (select min(transfer_id::text)::uuid from lot)',
    ['I7'],
  ],
  [
    'repeats a reference',
    `alter table transfer drop constraint transfer_kind_reference_key; update transfer set kind = 'grant', reference = (select reference from transfer where sequence = 1) where sequence = 2`,
    ['I7'],
  ],
  [
    'posts to the platform what never was',
    "insert into ledger_delta (code, credits, at) values ('revenue', 5, now())",
    ['I1', 'I8'],
  ],
  ['loses a delta', "delete from ledger_delta where code = 'shortfall'", ['I1', 'I8']],
  ['renumbers a statement', 'update transfer set sequence = 99 where sequence = 1', ['I9']],
  [
    'changes a balance in a statement',
    'update charge set balance_after = balance_after + 1 where call_id = $paid',
    ['I9'],
  ],
  ['keeps a hold for ever', "update hold set expires_at = '2020-01-01' where call_id = $open", ['I10']],
]

for (const [deed, sql, broken] of tampering) {
  test(`reconcile notices when someone ${deed}`, async (t) => {
    const ledger = await testLedger(t)
    const { accountId, keyId, open, paid } = await liveALittle(ledger)
    const ids: Record<string, string> = { account: accountId, key: keyId, open, paid }
    const statement = sql.replaceAll(/\$([a-z]+)/g, (_, name: string) => `'${ids[name]}'`)
    const client = await ledger.database.pool.connect()
    try {
      await client.query(`set session_replication_role = replica; ${statement}; reset session_replication_role`)
    } finally {
      client.release()
    }
    assert.deepEqual(await wrong(ledger), broken)
  })
}

test('receipts and transfers cannot be changed, deleted or emptied', async (t) => {
  const ledger = await testLedger(t)
  await liveALittle(ledger)
  const { pool } = ledger.database
  for (const relation of ['charge', 'transfer']) {
    const amount = relation === 'charge' ? 'charged' : 'amount'
    await assert.rejects(pool.query(`update ${relation} set ${amount} = ${amount}`), /post a correction/)
    await assert.rejects(pool.query(`delete from ${relation}`), /post a correction/)
    await assert.rejects(pool.query(`truncate ${relation} cascade`), /post a correction/)
  }
  assert.deepEqual(await wrong(ledger), [])
})

test('reconcile notices when the triggers that keep history are switched off', async (t) => {
  const ledger = await testLedger(t)
  for (const statement of [
    'alter table charge_default disable trigger charge_immutable',
    'alter table transfer disable trigger all',
  ]) {
    await ledger.database.pool.query(statement)
    assert.deepEqual(await wrong(ledger), ['I9'])
  }
})

test('reconcile is right while money moves', async (t) => {
  const ledger = await testLedger(t)
  const lane = ledger.openLane()
  const customer = await ledger.customer(1_000_000n)
  let over = false
  const call = async () => {
    while (!over) {
      const callId = ledger.makeId()
      await lane.reserve(reserveOf(customer, callId, 10n))
      await lane.settle(settleOf(callId, 7n))
    }
  }
  const calls = Array.from({ length: 20 }, call)
  for (let times = 0; times < 10; times++) {
    assert.deepEqual(await wrong(ledger), [])
    await foldPlatformAccounts(ledger.db)
  }
  over = true
  await Promise.all(calls)
})
