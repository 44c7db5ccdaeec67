import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { foldPlatformAccounts, reconcile } from './index.ts'
import { anyCommands, type Command, openBoth } from './test/commands.ts'
import { testLedger, type TestLedger } from './test/ledger.ts'

const runs = Number(process.env['REDPILL_TEST_RUNS'] ?? 1_000)

/** The property: whatever is asked in whatever order, and asked again, the ledger does what the plain model does. */
async function checkLedger(ledger: TestLedger, numRuns: number): Promise<fc.RunDetails<[Iterable<Command>]>> {
  const processId = ledger.makeId()
  const lane = ledger.openLane({ processId })
  return fc.check(
    fc.asyncProperty(anyCommands(14), async (commands) => {
      const both = await openBoth(ledger, lane, processId)
      await fc.asyncModelRun(() => both, commands)
    }),
    { numRuns },
  )
}

test('any sequence of operations, with any of them repeated, moves money as plain arithmetic says', async (t) => {
  const ledger = await testLedger(t)
  const details = await checkLedger(ledger, runs)
  if (details.failed) throw new Error(await fc.asyncDefaultReportMessage(details), { cause: details.errorInstance })
  assert.ok((await foldPlatformAccounts(ledger.db)) > 0)
  const { invariants } = await reconcile(ledger.database, { now: ledger.now() })
  assert.deepEqual(
    invariants.filter(({ ok, id }) => !ok && id !== 'I10'),
    [],
  )
})

test('the same test catches a ledger that forgets a call once it is settled', async (t) => {
  const ledger = await testLedger(t)
  for (const name of ['ledger_reserve', 'ledger_reserve_one']) {
    const { rows } = await ledger.database.pool.query<{ source: string }>(
      'select pg_get_functiondef($1::regproc) as source',
      [name],
    )
    // The mistake that is easily made: idempotency keyed on the hold alone, which is gone after the settle.
    const forgetful = rows[0]!.source.replaceAll(/from charge where /g, 'from charge where false and ')
    assert.notEqual(forgetful, rows[0]!.source)
    await ledger.database.pool.query(forgetful)
  }
  const details = await checkLedger(ledger, runs)
  assert.ok(details.failed, 'a ledger that reserves a settled call again went unnoticed')
})
