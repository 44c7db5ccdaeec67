/** The hot path: batches against one function call per operation, in the same run. */
import { readFileSync } from 'node:fs'
import { reconcile } from '../../server/src/credits/index.ts'
import { batchLedger, type CallRow, type Ledger, makeCalls, singleLedger } from './calls.ts'
import type { Cluster } from './cluster.ts'
import { type Customer, makeCustomers } from '../../server/test/support/ledger-growth.ts'
import { medians } from './statistics.ts'

export type BatchFigures = {
  /** Medians over the rounds, by who asks whom. */
  readonly rows: Readonly<Record<Course, CallRow>>
  /** Whether every nano-USD is where it belongs afterwards. */
  readonly reconciled: boolean
}

const courses = ['batch, many', 'single, many', 'batch, hot', 'single, hot', 'batch, alone', 'single, alone'] as const
export type Course = (typeof courses)[number]

export type BatchSize = { readonly rounds: number; readonly seconds: number; readonly customers: number }

const callers = 64

export async function measureBatches(cluster: Cluster, size: BatchSize): Promise<BatchFigures> {
  const database = await cluster.create('batches')
  await database.pool.query(readFileSync(new URL('per-op.sql', import.meta.url), 'utf8'))
  const customers = await makeCustomers(database, size.customers)
  await database.pool.query('analyze')
  const ledgers = { batch: await batchLedger(database), single: singleLedger(database) }
  const many = { customers, callers }
  const hot = { customers: customers.slice(0, 1), callers }
  const alone = { customers, callers: 1 }
  const plans: Readonly<Record<Course, [Ledger, { customers: readonly Customer[]; callers: number }]>> = {
    'batch, many': [ledgers.batch, many],
    'single, many': [ledgers.single, many],
    'batch, hot': [ledgers.batch, hot],
    'single, hot': [ledgers.single, hot],
    'batch, alone': [ledgers.batch, alone],
    'single, alone': [ledgers.single, alone],
  }
  const taken: Record<Course, CallRow[]> = Object.fromEntries(courses.map((course) => [course, []])) as never
  for (let round = -1; round < size.rounds; round++) {
    for (const course of courses) {
      const [ledger, load] = plans[course]
      const isWarming = round < 0
      const row = await makeCalls(cluster.postgres, ledger, { ...load, seconds: isWarming ? 0.5 : size.seconds })
      if (!isWarming) taken[course].push(row)
    }
  }
  await ledgers.batch.close()
  const rows = Object.fromEntries(courses.map((course) => [course, medians(taken[course])])) as BatchFigures['rows']
  return { rows, reconciled: (await reconcile(database)).ok }
}
