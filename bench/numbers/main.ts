/**
 * Asks what the pages of the console ask, of an account with a million calls over 90 days.
 *
 *   node bench/numbers/main.ts                 everything; writes bench/results/numbers.json
 *   node bench/numbers/main.ts --calls=1e5     fewer calls, for development; writes nothing
 */
import { writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { sumUpUsage } from '../../server/src/credits/index.ts'
import { openDatabase, migrate, startEmbeddedPostgres } from '../../server/src/platform/database/index.ts'
import { clock, serverSeconds, temporaryFolder } from '../ledger/cluster.ts'
import { median } from '../ledger/statistics.ts'
import { type Asker, makeFirst, openAsker, secrets } from './asker.ts'
import { growUsage, spanDays } from '../../server/test/support/usage-growth.ts'
import { type Question, questionsOf } from '../../server/test/support/usage-questions.ts'

const resultFile = join(import.meta.dirname, '../results/numbers.json')
const migrations = new URL('../../server/migrations/', import.meta.url)
const boundMs = 300
const warmAsks = 7

const { values } = parseArgs({ options: { calls: { type: 'string' } } })
const calls = Number(values.calls ?? 1e6)

/** Milliseconds: on the clock just after the database has started, and warm; on the processors, of both processes. */
type Figures = {
  readonly coldMs: number
  readonly warmMs: number
  readonly processorMs: number
  readonly bytes: number
}

const say = (what: string): void => void process.stderr.write(`${what} ...\n`)
const loads = [loadavg()[0]!]
const dataDir = await temporaryFolder()
let postgres = await startEmbeddedPostgres({ dataDir, clock })
const open = () => openDatabase({ connection: postgres.connection, poolSize: 4, statementTimeoutMs: 3_600_000 })
try {
  say(`Filling, ${calls} calls`)
  const database = open()
  await migrate(database, migrations)
  const first = await makeFirst(database)
  if (first.kind !== 'created') throw new Error('the database is new')
  const filled = await growUsage(database, { calls, smallCalls: calls / 10, smallAccounts: 2_000, secrets })
  await database.pool.query('analyze charge, audit, key_notice')
  const startMs = clock.monotonicMs()
  await sumUpUsage(database.db)
  const sumUpRowsPerSecond = (calls * 1.1 * 1_000) / (clock.monotonicMs() - startMs)
  await database.pool.query('vacuum (analyze)')
  await database.close()
  const figures: Record<string, Figures> = {}
  const bearers = { 'the account': filled.secret, 'the operator': first.keys.operatorKey }
  for (const [name, question] of Object.entries(questionsOf(filled, clock.nowMs()))) {
    await postgres.stop()
    postgres = await startEmbeddedPostgres({ dataDir, clock })
    const asker = await openAsker(open(), bearers)
    figures[name] = await measure(asker, question)
    await asker.close()
    process.stdout.write(`${line(name, figures[name])}\n`)
  }
  loads.push(loadavg()[0]!)
  const slow = Object.entries(figures).filter(([, { warmMs, coldMs }]) => Math.max(warmMs, coldMs) > boundMs)
  process.stdout.write(`${slow.length} of ${Object.keys(figures).length} took longer than ${boundMs} ms\n`)
  if (values.calls === undefined)
    writeFileSync(
      resultFile,
      `${JSON.stringify({ ...about(), calls, spanDays, boundMs, sumUpRowsPerSecond, figures }, null, 2)}\n`,
    )
} finally {
  await postgres.stop()
  await rm(dataDir, { recursive: true })
}

async function measure(asker: Asker, question: Question): Promise<Figures> {
  // The first request finds its key and whatever else is read once; it is none of the question.
  await asker.ask({ path: '/api/v1/whoami', by: question.by })
  const cold = await asker.ask(question)
  const times: number[] = []
  const own = process.cpuUsage()
  const server = serverSeconds(postgres)
  for (let n = 0; n < warmAsks; n++) times.push((await asker.ask(question)).ms)
  const { user, system } = process.cpuUsage(own)
  const processorMs = (user + system) / 1_000 + (serverSeconds(postgres) - server) * 1_000
  return { coldMs: cold.ms, warmMs: median(times), processorMs: processorMs / warmAsks, bytes: cold.bytes }
}

function line(name: string, { coldMs, warmMs, processorMs, bytes }: Figures): string {
  const [cold, warm, cpu] = [coldMs, warmMs, processorMs].map((ms) => ms.toFixed(0).padStart(5))
  return `${name.padEnd(52)} cold ${cold} ms, warm ${warm} ms, processors ${cpu} ms, ${bytes} bytes`
}

function about() {
  return {
    date: new Date().toISOString(),
    node: process.version,
    postgres: '18.4, embedded, as it is shipped',
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      processors: cpus().length,
      memoryGib: Math.round(totalmem() / 2 ** 30),
      linux: release(),
      /** Over the last minute, before and after: what else ran. */
      loadAverage: loads,
    },
  }
}
