import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Uuid } from '../src/core/ids.ts'
import { nanoUsd } from '../src/core/money.ts'
import { balanceOf, grant, openBatchLane, recoverLostCalls, registerProcess } from '../src/credits/index.ts'
import type { Database } from '../src/platform/database/index.ts'
import { clock } from './support/clock.ts'
import type { Plan } from './support/ledger-crasher.ts'
import { fundedAccount, keyOf, makeId, offences, settleOf } from './support/ledger-fixture.ts'
import { contradictions, type Entry, type Event } from './support/ledger-history.ts'
import { type OwnCluster, ownCluster } from './support/own-cluster.ts'
import { type RandomSource, randomSource } from './support/ledger-random.ts'
import { atEnd } from './support/scope.ts'

const script = fileURLToPath(new URL('support/ledger-crasher.ts', import.meta.url))
const rounds = Number(process.env['REDPILL_CRASH_ROUNDS'] ?? 50)
const seed = Number(process.env['REDPILL_CRASH_SEED'] ?? randomInt(2 ** 31))
const siblings = 3
/** A loaded machine is slow; this bounds a wait that would otherwise be for ever. */
const patienceMs = 60_000

test(`${rounds} times a gateway is killed, at times with the database: no acknowledged settle is lost, doubled or wrong`, async (t) => {
  t.diagnostic(`again with REDPILL_CRASH_SEED=${seed}`)
  const random = randomSource(seed)
  const cluster = await ownCluster(t)
  const database = await cluster.open({ applicationName: 'crash-test-judge' })
  await watchHolds(database)
  const customers = await makeCustomers(database)
  const fleet = startFleet(t, { cluster, random, keys: customers.keys })

  let databaseKills = 0
  let slowestMs = 0
  await Promise.all(Array.from({ length: siblings }, () => fleet.start()))
  for (let round = 0; round < rounds; round++) {
    await customers.fund(BigInt(5_000_000 + random.below(20_000_000)))
    await sleep(200 + random.below(400))
    const withDatabase = round % 4 === 3
    const databaseFirst = withDatabase && random.below(2) === 0
    if (databaseFirst) await killDatabase(cluster, random)
    const dead = fleet.kill()
    if (withDatabase && !databaseFirst) await killDatabase(cluster, random)
    if (withDatabase) databaseKills++
    void fleet.start()
    slowestMs = Math.max(slowestMs, await untilResolved(database, dead))
  }

  await fleet.killAll()
  await recoverAll(database)
  const entries = await answered(() => readEntries(database))
  assert.deepEqual(contradictions(fleet.events, entries).slice(0, 10), [])
  assert.equal(await openHolds(database), 0)
  assert.deepEqual(await offences(database), [])
  await customers.check()
  await assertReplaysMoveNothing(database, fleet.events, entries)
  assert.deepEqual(await offences(database), [])

  const count = (is: Event['is']) => fleet.events.filter((event) => event.is === is).length
  const interrupted = entries.filter(({ state }) => state === 'interrupted')
  t.diagnostic(
    `${count('try-reserve')} calls, ${count('got-refusal')} refused, ${count('got-settle')} settles acknowledged, ` +
      `${interrupted.length} interrupted (${interrupted.filter(({ noted }) => noted > 0n).length} at a checkpoint), ` +
      `${entries.filter(({ shortfall }) => shortfall > 0n).length} short; the database was killed in ${databaseKills} rounds; ` +
      `the slowest recovery took ${Math.round(slowestMs)} ms`,
  )
  assert.ok(count('got-settle') > rounds * 20, 'there was too little under way to say anything')
  assert.ok(
    interrupted.some(({ noted }) => noted > 0n) && count('got-refusal') > 0,
    'not everything happened that should',
  )
})

/** Notes what each hold was at the moment when it was resolved, in the transaction that resolves it. */
async function watchHolds({ pool }: Database): Promise<void> {
  await pool.query(`
    create table hold_resolved (call_id uuid not null, noted bigint not null);
    create function note_resolved() returns trigger language plpgsql as $$
    begin
      insert into hold_resolved select call_id, checkpoint_cost from resolved;
      return null;
    end $$;
    create trigger note_resolved after delete on hold referencing old table as resolved
      for each statement execute function note_resolved()`)
}

/** A few customers with less money than their calls would like, some keys of theirs with limits. */
async function makeCustomers(database: Database) {
  const accounts = await Promise.all(Array.from({ length: 4 }, () => fundedAccount(database.db, nanoUsd(10_000_000n))))
  const keys: Plan['keys'][number][] = []
  for (const account of accounts) {
    keys.push({ account, key: await keyOf(database.db, account) })
    keys.push({ account, key: await keyOf(database.db, account, nanoUsd(60_000_000n)) })
    keys.push({ account, key: await keyOf(database.db, account, nanoUsd(40_000_000n), 'day') })
  }
  const given = new Map(accounts.map((account) => [account, 10_000_000n]))
  return {
    keys,
    /** Gives once to each, however often it must be asked for. */
    async fund(amount: bigint): Promise<void> {
      for (const accountId of accounts) {
        const reference = `more for ${accountId} after ${given.get(accountId)}`
        const transferId = makeId()
        const { kind } = await answered(() =>
          grant(database.db, { transferId, accountId, amount: nanoUsd(amount), reference }),
        )
        assert.match(kind, /^(posted|replayed)$/)
        given.set(accountId, given.get(accountId)! + amount)
      }
    },
    async check(): Promise<void> {
      for (const account of accounts) {
        const balance = (await balanceOf(database.db, account))!
        assert.equal(balance.granted, given.get(account), 'what was given once came in once')
        assert.equal(balance.available + balance.spent, balance.granted)
        await assertNeverOverdrawn(database, account)
      }
    },
  }
}

type FleetOptions = { readonly cluster: OwnCluster; readonly random: RandomSource; readonly keys: Plan['keys'] }

/** Gateways that come and go, and all that they ever said. */
function startFleet(t: TestContext, { cluster, random, keys }: FleetOptions) {
  type Member = { readonly processId: Uuid; readonly child: ChildProcess; readonly heard: Promise<unknown> }
  const alive: Member[] = []
  const everHeard: Promise<unknown>[] = []
  const events: Event[] = []

  const start = async (): Promise<void> => {
    const plan: Plan = { dataDir: cluster.dataDir, processId: makeId(), seed: random.below(2 ** 31), keys }
    const child = spawn(process.execPath, [script, JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => {
      const event = parseEvent(line)
      if (event) events.push(event)
    })
    const heard = once(lines, 'close')
    everHeard.push(heard)
    alive.push({ processId: plan.processId, child, heard })
    await Promise.race([once(lines, 'line'), heard])
  }
  const killAll = async (): Promise<void> => {
    for (const { child } of alive.splice(0)) child.kill('SIGKILL')
    await Promise.all(everHeard)
  }
  atEnd(t, killAll)
  return {
    events,
    start,
    killAll,
    kill(): Uuid {
      const [victim] = alive.splice(random.below(alive.length), 1)
      assert.equal(victim!.child.exitCode, null, 'a gateway ended by itself')
      victim!.child.kill('SIGKILL')
      return victim!.processId
    },
  }
}

/** A killed process may leave half a line, which says nothing. */
function parseEvent(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event
  } catch {
    return undefined
  }
}

async function killDatabase(cluster: OwnCluster, random: RandomSource): Promise<void> {
  await sleep(random.below(60))
  try {
    cluster.kill()
  } catch {
    // It is down already, and on its way back.
  }
}

/** Resolves when no call of a dead process is held any longer, with the time it took. */
async function untilResolved({ pool }: Database, processId: Uuid): Promise<number> {
  const startMs = clock.monotonicMs()
  for (;;) {
    const { rowCount } = await answered(() => pool.query('select from hold where process_id = $1', [processId]))
    const elapsedMs = clock.monotonicMs() - startMs
    if (rowCount === 0) return elapsedMs
    assert.ok(elapsedMs < patienceMs, `${rowCount} calls of a dead process are still held`)
    await sleep(20)
  }
}

/** What a sibling does that starts when all others are gone. */
async function recoverAll(database: Database): Promise<void> {
  const self = { id: makeId(), host: 'crash-test', pid: process.pid }
  await answered(() => registerProcess(database.db, self))
  const recovery = { processId: self.id, host: self.host, isGone: () => true }
  const startMs = clock.monotonicMs()
  do await answered(() => recoverLostCalls(database.db, recovery))
  while (
    ((await stillWriting(database)) || (await openHolds(database)) > 0) &&
    clock.monotonicMs() - startMs < patienceMs
  )
}

/** What a process sent before it was killed, PostgreSQL may still be doing. */
const stillWriting = async ({ pool }: Database): Promise<boolean> => {
  const others = `select from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'`
  return ((await answered(() => pool.query(others))).rowCount ?? 0) > 0
}

const openHolds = async ({ pool }: Database): Promise<number> =>
  (await answered(() => pool.query('select from hold'))).rowCount ?? 0

async function readEntries({ pool }: Database): Promise<Entry[]> {
  const { rows } = await pool.query<Entry>(`
    select call_id as call, account_id as account, key_id as key, held, charged, shortfall, state, noted
    from charge left join hold_resolved using (call_id)`)
  return rows
}

/** No prefix of a statement is below zero. */
async function assertNeverOverdrawn({ pool }: Database, account: Uuid): Promise<void> {
  const { rows } = await pool.query<{ amount: bigint }>(
    `select amount from (
      select sequence, -charged as amount from charge where account_id = $1 and sequence is not null
      union all
      select sequence, case when credit_account = $1 then amount else -amount end from transfer where account_id = $1
    ) movement order by sequence`,
    [account],
  )
  let balance = 0n
  for (const { amount } of rows) {
    balance += amount
    assert.ok(balance >= 0n, `account ${account} was overdrawn by ${-balance}`)
  }
}

/** Says all settles once more, as a process would that had not heard the answers. */
async function assertReplaysMoveNothing(
  database: Database,
  events: readonly Event[],
  entries: readonly Entry[],
): Promise<void> {
  const before = await fingerprint(database)
  const charged = new Map(entries.map((entry) => [entry.call, entry]))
  const lane = openBatchLane({ database, processId: makeId(), clock })
  const settles = events.filter((event) => event.is === 'try-settle')
  const offencesFound = await Promise.all(
    settles.map(async ({ call, cost }) => {
      const replay = await lane.settle(settleOf(call, nanoUsd(BigInt(cost))))
      const entry = charged.get(call)!
      const isSame =
        replay.kind === 'replayed' && replay.charged === entry.charged && replay.shortfall === entry.shortfall
      return isSame ? [] : [`${call}: ${replay.kind}`]
    }),
  )
  await lane.close()
  assert.deepEqual(offencesFound.flat().slice(0, 10), [])
  assert.deepEqual(await fingerprint(database), before)
}

const moneyTables = ['ledger_account', 'ledger_delta', 'key_budget', 'hold', 'charge', 'transfer', 'lot']

async function fingerprint({ pool }: Database): Promise<Map<string, string>> {
  const prints = new Map<string, string>()
  for (const table of moneyTables) {
    const { rows } = await pool.query<{ print: string }>(
      `select count(*) || md5(coalesce(string_agg(md5(t::text), '' order by md5(t::text)), '')) as print from ${table} t`,
    )
    prints.set(table, rows[0]!.print)
  }
  return prints
}

/** Asks again while the database is away. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  const startMs = clock.monotonicMs()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (clock.monotonicMs() - startMs > patienceMs) throw error
      await sleep(50)
    }
  }
}
