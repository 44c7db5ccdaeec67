/** An embedded PostgreSQL of the benchmark's own, on disk and with every commit forced there, as in production. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../server/src/core/clock.ts'
import { idSource } from '../../server/src/core/ids.ts'
import {
  type Database,
  type EmbeddedPostgres,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
} from '../../server/src/platform/database/index.ts'

export const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
export const makeId = idSource(clock, { bytes: (length) => randomBytes(length) })

export type Cluster = {
  readonly postgres: EmbeddedPostgres
  /** A new database with the schema. */
  readonly create: (name: string) => Promise<Database>
  readonly stop: () => Promise<void>
}

const migrations = new URL('../../server/migrations/', import.meta.url)

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'redpill-bench-'))

export async function startCluster(): Promise<Cluster> {
  const dataDir = await temporaryFolder()
  const postgres = await startEmbeddedPostgres({ dataDir, clock })
  const opened: Database[] = []
  return {
    postgres,
    async create(name) {
      const admin = openDatabase({ connection: postgres.connection, poolSize: 1 })
      await admin.pool.query(`create database ${name}`)
      await admin.close()
      const connection = { ...postgres.connection, database: name }
      const database = openDatabase({ connection, poolSize: 24, statementTimeoutMs: 3_600_000 })
      opened.push(database)
      await migrate(database, migrations)
      return database
    },
    async stop() {
      await Promise.all(opened.map((database) => database.close()))
      await postgres.stop()
      await rm(dataDir, { recursive: true })
    },
  }
}

/** Seconds for which the server and its present children were on a processor; Documentation/scheduler/sched-stats.rst. */
export function serverSeconds({ pid }: EmbeddedPostgres): number {
  const postmaster = pid()
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentOf(name) === postmaster)
  return [String(postmaster), ...children].reduce((sum, each) => sum + runSeconds(each), 0)
}

const runSeconds = (pid: string): number => Number(read(`/proc/${pid}/schedstat`).split(' ')[0]) / 1e9

// The name in parentheses may hold anything, so fields are counted from its end.
const parentOf = (pid: string): number => Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1])

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // the process has ended
  }
}
