import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ensureChargePartitions } from '../src/credits/index.ts'
import type { Database } from '../src/platform/database/index.ts'
import { clock } from './support/clock.ts'
import { countsProcessorTime } from './support/ledger-backend.ts'
import { offences } from './support/ledger-fixture.ts'
import { type Customer, growPast, makeCustomers } from './support/ledger-growth.ts'
import { type Figures, meterLedger, type Meter } from './support/ledger-meter.ts'
import { ownCluster } from './support/own-cluster.ts'

const weeks = 13
const weekMs = 7 * 24 * 3_600_000
const customersMost = 10_000
const charges = 1_000_000
const batch = 64
const callsOpen = 3_000
/** Nothing looks at the tables but the ledger: whatever plan a session has made, it keeps. */
const settings = { autovacuum: 'off', fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }
const growthMost = 2
const samples = 25
const looksMost = 4

test(
  'a session that planned on empty tables costs the database at most twice as much per call at a million charges',
  { skip: countsProcessorTime ? false : 'the kernel does not tell how long a process ran' },
  async (t) => {
    const cluster = await ownCluster(t, { settings })
    const database = await cluster.open()
    await makePartitions(database)
    const meter = await meterLedger(t, cluster)
    const first = await makeCustomers(database, batch)
    await meter.useBy(first)
    meter.moveTo(agoMsOf(weeks - 1))
    const start = await meter.measure(first, samples)

    const customers = [...first, ...(await makeCustomers(database, customersMost - batch))]
    for (let week = weeks - 1; week >= 0; week--) {
      meter.moveTo(agoMsOf(week))
      await growPast(database, Math.ceil(charges / weeks / customersMost), agoMsOf(week))
      for (let n = 0; n < 4; n++) await meter.call(customers.slice(n * 500, n * 500 + 500))
      if (week === weeks >> 1) await compare(t, { when: 'half way', start }, meter, customers)
    }
    await assertGrown(database)
    await compare(t, { when: 'at a million charges', start }, meter, customers)

    const late = await meterLedger(t, cluster)
    await late.useBy(first)
    await compare(t, { when: 'at a million charges, planned there', start }, late, customers)
    assert.deepEqual(await offences(database), [])
  },
)

test(
  'calls that are open or over do not make those beside them dearer, though nobody had called when the tables were analyzed',
  { skip: countsProcessorTime ? false : 'the kernel does not tell how long a process ran' },
  async (t) => {
    const cluster = await ownCluster(t, { settings })
    const database = await cluster.open()
    const customers = await makeCustomers(database, callsOpen)
    await database.pool.query('vacuum (analyze)')
    const meter = await meterLedger(t, cluster)
    await meter.useBy(customers)
    await database.pool.query('vacuum (analyze) hold')
    const start = await meter.measure(customers, samples)
    await meter.open(customers)
    // Recovery reads the table of the open calls once, whole: no index of it is worth what every call would pay for it.
    const free = ['recovered']
    await compare(t, { when: `beside ${callsOpen} open calls`, start, free }, meter, customers)
    await growPast(database, 15, 0)
    await compare(t, { when: `after ${callsOpen * 15} more of this week`, start, free }, meter, customers)
  },
)

const agoMsOf = (week: number): number => week * weekMs

type Looked = {
  readonly when: string
  readonly start: Figures
  /** Kinds that may cost more, and are only told of. */
  readonly free?: readonly string[]
}

/**
 * Processor time is not quite the machine's business alone: what looks dear is looked at again, for longer, and of all
 * looks the lowest counts. A plan that reads too much is dear every time.
 */
async function compare(
  t: TestContext,
  { when, start, free = [] }: Looked,
  meter: Meter,
  customers: readonly Customer[],
) {
  const judged = (now: Figures): string[] =>
    Object.entries(now).flatMap(([kind, us]) =>
      us > growthMost * start[kind]! && !free.includes(kind) ? [`${kind}: ${start[kind]} -> ${us}`] : [],
    )
  let lowest = await meter.measure(customers, samples)
  for (let look = 1; look < looksMost && judged(lowest).length > 0; look++) {
    const now = await meter.measure(customers, 3 * samples)
    lowest = Object.fromEntries(Object.entries(now).map(([kind, us]) => [kind, Math.min(us, lowest[kind]!)]))
  }
  t.diagnostic(
    `${when}: ${Object.entries(lowest)
      .map(([kind, us]) => `${kind} ${start[kind]!.toFixed(0)} -> ${us.toFixed(0)} us`)
      .join(', ')}`,
  )
  assert.deepEqual(judged(lowest), [])
}

async function makePartitions({ db }: Database): Promise<void> {
  for (let week = weeks + 1; week >= 0; week--)
    await ensureChargePartitions(db, new Date(clock.nowMs() - week * weekMs))
}

async function assertGrown({ pool }: Database): Promise<void> {
  const { rows } = await pool.query<{ calls: bigint }>('select count(*) as calls from charge group by tableoid')
  assert.ok(rows.length >= weeks, `the charges lie in ${rows.length} partitions`)
  assert.ok(rows.reduce((sum, { calls }) => sum + calls, 0n) >= charges)
  const analyzed = await pool.query(
    'select from pg_stat_user_tables where last_analyze is not null or last_autoanalyze is not null',
  )
  assert.equal(analyzed.rowCount, 0)
}
