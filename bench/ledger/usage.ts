/** Reading and writing receipts when there are many: skewed accounts over 91 days, in weekly partitions. */
import type { Uuid } from '../../server/src/core/ids.ts'
import {
  ensureChargePartitions,
  findCharge,
  keyUses,
  movementsOf,
  reconcile,
  searchCharges,
  sumUpUsage,
  usageBy,
} from '../../server/src/credits/index.ts'
import type { Database } from '../../server/src/platform/database/index.ts'
import { type Cluster, clock } from './cluster.ts'
import { makeCustomers } from '../../server/test/support/ledger-growth.ts'
import { median } from './statistics.ts'

export type UsageFigures = {
  readonly rows: number
  readonly biggestAccountRows30Days: number
  readonly fillRowsPerSecond: number
  readonly insertRowsPerSecond: number
  readonly sumUpRowsPerSecond: number
  readonly bytesPerRow: Readonly<Record<string, number>>
  /** Medians in milliseconds. */
  readonly readsMs: Readonly<Record<string, number>>
}

export type UsageSize = { readonly rows: number; readonly reads: number }

const accounts = 20_000
const dayMs = 24 * 3_600_000
const spanMs = 91 * dayMs
const sliceRows = 250_000

export async function measureUsage(cluster: Cluster, { rows, reads }: UsageSize): Promise<UsageFigures> {
  const database = await cluster.create('usage')
  for (let ms = clock.nowMs() - spanMs; ms < clock.nowMs(); ms += 28 * dayMs)
    await ensureChargePartitions(database.db, new Date(ms))
  const customers = await makeCustomers(database, accounts)
  await database.pool.query('create table customer (n serial primary key, account uuid, key uuid)')
  await database.pool.query('insert into customer (account, key) select * from unnest($1::uuid[], $2::uuid[])', [
    customers.map(({ account }) => account),
    customers.map(({ key }) => key),
  ])
  const fillRowsPerSecond = await fill(database, rows)
  await database.pool.query('vacuum (analyze) charge')
  const sumUpRowsPerSecond = await sumUp(database, rows)
  const bytesPerRow = await measureSize(database)
  const insertRowsPerSecond = await measureInserts(database)
  await sumUpUsage(database.db)
  const biggest = await biggestAccount(database)
  return {
    rows,
    biggestAccountRows30Days: biggest.calls,
    fillRowsPerSecond,
    insertRowsPerSecond,
    sumUpRowsPerSecond,
    bytesPerRow,
    readsMs: await measureReads(database, biggest.account, customers[accounts >> 1]!, reads),
  }
}

/** `$1` rows, the first so many milliseconds ago and the last so many; a small `n` of a customer is likelier. */
const writeCharges = `
  with called as materialized (
    select uuidv7(($2::float8 + ($3::float8 - $2::float8) * g / $1::float8) * interval '-1 ms') as call_id,
      1 + floor(20000 * random() ^ 3)::integer as n, (random() * 2000)::integer as input, (random() * 500)::integer as output,
      'openai/model-' || (1 + floor(20 * random() ^ 2))::integer as model, random() as chance, g as sequence
    from generate_series(1, $1::integer) g
  )
  insert into charge (call_id, at, counted_at, settled_at, account_id, key_id, offer_id, sequence, balance_after, held,
    charged, shortfall, provider_amount, input, output, prompt_bytes, first_byte_ms, duration_ms, status, state,
    usage_source, model_id, provider, detail)
  select call_id, ledger_call_time(call_id), ledger_call_time(call_id), ledger_call_time(call_id), account, key, key,
    sequence, 900000000000, 11000000, 1 + input * 5000, 0, 0, input, output, input * 4, 300, 2500,
    case when chance < 0.98 then 200 else 502 end, case when chance < 0.98 then 'ok' else 'failed' end, 'provider', model,
    'openai', '{"streamed": true, "attempts": 1, "finishReason": "stop"}'
  from called join customer using (n)`

/** In the order of time, as calls come. The balances do not follow: here only receipts are read. */
async function fill({ pool }: Database, rows: number): Promise<number> {
  const startMs = clock.monotonicMs()
  for (let done = 0; done < rows; done += sliceRows) {
    const slice = Math.min(sliceRows, rows - done)
    const agoMs = (row: number) => spanMs * (1 - row / rows)
    await pool.query(writeCharges, [slice, agoMs(done), agoMs(done + slice)])
  }
  return (rows * 1_000) / (clock.monotonicMs() - startMs)
}

/** Thousands in a statement and a commit. */
async function measureInserts({ pool }: Database): Promise<number> {
  const inserts = 30
  const startMs = clock.monotonicMs()
  for (let n = 0; n < inserts; n++) await pool.query(writeCharges, [1_000, 5, 0])
  return (inserts * 1_000 * 1_000) / (clock.monotonicMs() - startMs)
}

/** Into the sums by day, as the job does every few seconds. */
async function sumUp({ db, pool }: Database, rows: number): Promise<number> {
  const startMs = clock.monotonicMs()
  await sumUpUsage(db)
  await pool.query('vacuum (analyze) usage_day, usage_day_total')
  return (rows * 1_000) / (clock.monotonicMs() - startMs)
}

async function measureSize({ pool }: Database): Promise<UsageFigures['bytesPerRow']> {
  const { rows } = await pool.query<{ part: string; bytes: number }>(`
    with part as (
      select 'heap' as part, relid, pg_relation_size(relid) as bytes from pg_partition_tree('charge') where isleaf
      union all
      select regexp_replace(index.relname, '^charge_[0-9w]+_', ''), relid, pg_relation_size(indexrelid)
      from pg_partition_tree('charge') join pg_index on indrelid = relid join pg_class index on index.oid = indexrelid
      where isleaf and relid <> 'charge_default'::regclass
    )
    select part, sum(bytes)::float8 / (select count(*) from charge) as bytes from part group by part order by 2 desc`)
  const parts = Object.fromEntries(rows.map(({ part, bytes }) => [part, bytes]))
  return { total: rows.reduce((sum, { bytes }) => sum + bytes, 0), ...parts }
}

async function biggestAccount({ pool }: Database): Promise<{ account: Uuid; calls: number }> {
  const { rows } = await pool.query<{ account: Uuid; calls: bigint }>(
    `select account_id as account, count(*) as calls from charge where at >= now() - interval '30 days'
    group by account_id order by 2 desc limit 1`,
  )
  return { account: rows[0]!.account, calls: Number(rows[0]!.calls) }
}

async function measureReads(
  database: Database,
  biggest: Uuid,
  middle: { readonly account: Uuid; readonly key: Uuid },
  reads: number,
): Promise<Record<string, number>> {
  const { db } = database
  const from = new Date(clock.nowMs() - 30 * dayMs)
  const groupBy = ['key', 'day', 'model'] as const
  const [newest] = (await searchCharges(db, { accountId: biggest, limit: 1 })).charges
  const asked: Readonly<Record<string, () => Promise<unknown>>> = {
    'page of 50, biggest account': () => searchCharges(db, { accountId: biggest, limit: 50 }),
    'page of 50, account in the middle': () => searchCharges(db, { accountId: middle.account, limit: 50 }),
    'statement of 50, biggest account': () => movementsOf(db, { accountId: biggest, limit: 50 }),
    'biggest account, 30 days by key, day and model': () => usageBy(db, { accountId: biggest, from, groupBy }),
    'account in the middle, 30 days by key, day and model': () =>
      usageBy(db, { accountId: middle.account, from, groupBy }),
    'all accounts, 30 days by day and model': () => usageBy(db, { from, groupBy: ['day', 'model'] }),
    'one receipt by its id': () => findCharge(db, newest!.callId),
    'day, week, month and last call of a key': () => keyUses(db, [middle.key], new Date(clock.nowMs())),
  }
  const figures: Record<string, number> = {}
  for (const [name, ask] of Object.entries(asked)) {
    const times: number[] = []
    for (let n = 0; n < reads; n++) {
      const startMs = clock.monotonicMs()
      await ask()
      times.push(clock.monotonicMs() - startMs)
    }
    figures[name] = median(times)
  }
  return { ...figures, ...(await measureReconcile(database)) }
}

/** How long a standing and a full check take; what they find is no matter here, as the balances did not follow. */
async function measureReconcile(database: Database): Promise<Record<string, number>> {
  const figures: Record<string, number> = {}
  for (const [name, options] of [
    ['reconcile, 100 accounts', { sampleAccounts: 100 }],
    ['reconcile, everything', {}],
  ] as const) {
    const startMs = clock.monotonicMs()
    await reconcile(database, options)
    figures[name] = clock.monotonicMs() - startMs
  }
  return figures
}
