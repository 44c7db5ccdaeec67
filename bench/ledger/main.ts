/**
 * Measures the ledger on an embedded PostgreSQL that forces every commit to disk.
 *
 *   node bench/ledger/main.ts              everything; writes bench/results/ledger.json
 *   node bench/ledger/main.ts --quick      shorter, for development; writes nothing
 *   node bench/ledger/main.ts --rows=1e6   so many receipts for the part that reads them
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { measureBatches } from './batches.ts'
import { startCluster } from './cluster.ts'
import { judge, type Measured } from './goals.ts'
import { report } from './report.ts'
import { measureStarts } from './starts.ts'
import { measureUsage } from './usage.ts'

const resultFile = join(import.meta.dirname, '../results/ledger.json')

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, rows: { type: 'string' } } })
const size = values.quick
  ? { batches: { rounds: 2, seconds: 1, customers: 10_000 }, rows: 200_000, reads: 5, starts: 2 }
  : { batches: { rounds: 5, seconds: 3, customers: 10_000 }, rows: 10_000_000, reads: 21, starts: 5 }
const rows = values.rows === undefined ? size.rows : Number(values.rows)

const say = (what: string): void => void process.stderr.write(`${what} ...\n`)
const loads = [loadavg()[0]!]
const cluster = await startCluster()
try {
  say('Calls')
  const batches = await measureBatches(cluster, size.batches)
  say(`Receipts, ${rows} of them`)
  const usage = await measureUsage(cluster, { rows, reads: size.reads })
  say('Starts')
  const measured: Measured = { batches, usage, starts: await measureStarts(size.starts) }
  loads.push(loadavg()[0]!)
  const goals = judge(measured)
  process.stdout.write(`${report(measured, goals)}\n`)
  if (!values.quick) {
    mkdirSync(dirname(resultFile), { recursive: true })
    writeFileSync(resultFile, `${JSON.stringify({ ...about(), goals, ...measured }, null, 2)}\n`)
  }
} finally {
  await cluster.stop()
}

function about() {
  return {
    date: new Date().toISOString(),
    node: process.version,
    postgres: '18.4, embedded, fsync on, synchronous_commit on',
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
