import { createHash, randomBytes } from 'node:crypto'
import pg from 'pg'
import { readMigrations } from '../../src/platform/database/migrate.ts'
import {
  type Connection,
  type Database,
  type DatabaseOptions,
  migrate,
  openDatabase,
} from '../../src/platform/database/index.ts'
import { atEnd, type Scope } from './scope.ts'
import { joinTestCluster } from './test-cluster.ts'

export type { Scope } from './scope.ts'

export type TestDatabase = Database & {
  /** For `openDatabase`, where a test wants a second pool. */
  readonly connection: Connection
  /** The same as a URL, for `REDPILL_DATABASE_URL` of a process that a test starts. */
  readonly url: string
}

export const migrations = new URL('../../migrations/', import.meta.url)

type Options = Partial<Omit<DatabaseOptions, 'connection'>> & {
  /** A server of the test's own, in place of the shared one. */
  readonly server?: Connection
}

/**
 * A database with the current schema, for this scope alone: a clone of a migrated template, dropped at the end. It lives
 * in the cluster that all tests share, or in that of `REDPILL_TEST_DATABASE_URL`.
 */
export async function testDatabase(scope: Scope, options: Options = {}): Promise<TestDatabase> {
  const server = options.server ?? (await sharedServer())
  return createDatabase(scope, server, options, await templateOn(server))
}

/** A database without any schema, for tests of migrations themselves. */
export async function emptyDatabase(scope: Scope, options: Options = {}): Promise<TestDatabase> {
  return createDatabase(scope, options.server ?? (await sharedServer()), options, 'template1')
}

async function createDatabase(
  scope: Scope,
  server: Connection,
  options: Options,
  template: string,
): Promise<TestDatabase> {
  const name = `redpill_test_${randomBytes(8).toString('hex')}`
  await asAdmin(server, (admin) => admin.query(`create database ${name} template ${template}`))
  const connection = withDatabase(server, name)
  const database = openDatabase({ applicationName: 'redpill-test', ...options, connection })
  atEnd(scope, async () => {
    await database.close()
    await asAdmin(server, (admin) => admin.query(`drop database if exists ${name} with (force)`))
  })
  return { ...database, connection, url: urlOf(connection) }
}

async function sharedServer(): Promise<Connection> {
  return process.env['REDPILL_TEST_DATABASE_URL'] ?? (await joinTestCluster()).connection
}

const templates = new Map<string, Promise<string>>()

/** The template of the migrations as they are now on that server; made by the first test process that needs it. */
function templateOn(server: Connection): Promise<string> {
  const key = JSON.stringify(server)
  const known = templates.get(key) ?? makeTemplate(server)
  templates.set(key, known)
  return known
}

const templateLock = 7_311_805_222

async function makeTemplate(server: Connection): Promise<string> {
  const hash = createHash('sha256')
  for (const { version, name, sha256 } of await readMigrations(migrations))
    hash.update(`${version}-${name} ${sha256}\n`)
  const template = `redpill_template_${hash.digest('hex').slice(0, 16)}`
  await asAdmin(server, async (admin) => {
    await admin.query('select pg_advisory_lock($1)', [templateLock])
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template])
    if (rowCount) return
    const draft = `${template}_draft`
    await admin.query(`drop database if exists ${draft} with (force)`)
    await admin.query(`create database ${draft}`)
    const database = openDatabase({ connection: withDatabase(server, draft) })
    await migrate(database, migrations).finally(database.close)
    await admin.query(`alter database ${draft} rename to ${template}`)
  })
  return template
}

async function asAdmin(server: Connection, work: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client(typeof server === 'string' ? { connectionString: server } : server)
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}

function withDatabase(server: Connection, database: string): Connection {
  if (typeof server !== 'string') return { ...server, database }
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

function urlOf(connection: Connection): string {
  if (typeof connection === 'string') return connection
  const { host, port = 5432, user, database } = connection
  return `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
}
