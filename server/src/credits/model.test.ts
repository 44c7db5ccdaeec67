import assert from 'node:assert/strict'
import { test } from 'node:test'
import { debianCluster, hasDebianPostgres } from '../../test/support/own-cluster.ts'
import { ensureChargePartitions, foldPlatformAccounts, reconcile } from './index.ts'
import { testLedger, type TestLedger } from './test/ledger.ts'
import { checkLedger, requireHeld } from './test/property.ts'

const runs = Number(process.env['REDPILL_TEST_RUNS'] ?? 1_000)

/** Expiry is a matter of the machine's clock, which the properties leave far behind. */
async function requireReconciled(ledger: TestLedger): Promise<void> {
  const { invariants } = await reconcile(ledger.database, { now: new Date(0) })
  assert.deepEqual(
    invariants.filter(({ ok }) => !ok),
    [],
  )
}

test('any sequence of operations, with any of them repeated, moves money as plain arithmetic says', async (t) => {
  const ledger = await testLedger(t)
  await requireHeld(await checkLedger(ledger, runs))
  await requireReconciled(ledger)
})

test('the same test catches a ledger that forgets a call once it is settled', async (t) => {
  const ledger = await testLedger(t)
  for (const name of ['ledger_reserve', 'ledger_reserve_one']) {
    const { rows } = await ledger.database.pool.query<{ source: string }>(
      'select pg_get_functiondef($1::regproc) as source',
      [name],
    )
    // The mistake that is easily made: idempotency keyed on the hold alone, which is gone after the settle.
    const forgetful = rows[0]!.source.replaceAll('from charge where ', 'from charge where false and ')
    assert.notEqual(forgetful, rows[0]!.source)
    await ledger.database.pool.query(forgetful)
  }
  const { failed, numRuns, errorInstance } = await checkLedger(ledger, 1_000)
  assert.ok(failed, 'a ledger that reserves a settled call again went unnoticed')
  assert.match(String(errorInstance), /deep-equal|duplicate key/)
  t.diagnostic(`found in run ${numRuns}`)
})

test('it holds on the oldest PostgreSQL too', { skip: hasDebianPostgres ? false : 'no PostgreSQL 15' }, async (t) => {
  const ledger = await testLedger(t, { server: await debianCluster(t) })
  const { rows } = await ledger.database.pool.query<{ server_version: string }>('show server_version')
  assert.match(rows[0]!.server_version, /^15\./)
  await requireHeld(await checkLedger(ledger, Math.ceil(runs / 20)))
  await ensureChargePartitions(ledger.db, ledger.now())
  assert.ok((await foldPlatformAccounts(ledger.db)) > 0)
  await requireReconciled(ledger)
})
