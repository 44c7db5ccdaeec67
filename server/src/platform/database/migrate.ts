import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type pg from 'pg'
import { AppError } from '../../core/errors.ts'
import type { Database } from './connect.ts'

export type Migration = {
  readonly version: number
  readonly name: string
  readonly sha256: string
  readonly sql: string
}

type Applied = Omit<Migration, 'sql'>

/** Any number that no other user of advisory locks in this database takes. */
const migrationLock = 7_311_805_221

const filePattern = /^(\d{4})-([a-z0-9-]+)\.sql$/

/**
 * Brings the schema up to the files `NNNN-name.sql` of a folder, each in a transaction of its own, and returns what was
 * applied. Processes that start together take turns. Refuses when a file that was applied has changed since, or when the
 * schema is newer than the files.
 */
export async function migrate(database: Database, directory: URL): Promise<Migration[]> {
  const migrations = await readMigrations(directory)
  const session = await database.openSession()
  try {
    // The lock is the session's: it is given back when the session ends, however that comes about.
    await session.query('select pg_advisory_lock($1)', [migrationLock])
    const pending = pendingOf(migrations, await appliedIn(session))
    for (const migration of pending) await apply(session, migration)
    return pending
  } finally {
    await session.end()
  }
}

/** The migrations of a folder in order; throws for a name that is not one and for a number used twice. */
export async function readMigrations(directory: URL): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.sql')).toSorted()
  const migrations = await Promise.all(names.map((name) => readMigration(directory, name)))
  migrations.forEach((migration, at) => {
    const before = migrations[at - 1]
    if (before?.version === migration.version)
      refuse(`migrations ${label(before)} and ${label(migration)} share a number`)
  })
  return migrations
}

async function readMigration(directory: URL, file: string): Promise<Migration> {
  const [, version, name] = filePattern.exec(file) ?? refuse(`migration ${file} is not named like 0001-first-words.sql`)
  const sql = await readFile(new URL(file, directory), 'utf8')
  const sha256 = createHash('sha256').update(sql).digest('hex')
  return { version: Number(version), name: name!, sha256, sql }
}

async function appliedIn(session: pg.Client): Promise<Applied[]> {
  await session.query(`create table if not exists schema_migration (
    version integer primary key,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now()
  )`)
  const { rows } = await session.query<Applied>('select version, name, sha256 from schema_migration order by version')
  return rows
}

/** What is left to apply; throws unless what was applied is exactly the beginning of the files. */
function pendingOf(migrations: readonly Migration[], applied: readonly Applied[]): Migration[] {
  const files = new Map(migrations.map((migration) => [migration.version, migration]))
  for (const done of applied) {
    const file = files.get(done.version)
    if (!file)
      refuse(
        `the database has migration ${label(done)}, which this version of RedPill does not know: run the newer one`,
      )
    if (file.sha256 !== done.sha256)
      refuse(`migration ${label(file)} was changed after it was applied: add a new one instead`)
  }
  const newest = applied.at(-1)?.version ?? 0
  const done = new Set(applied.map(({ version }) => version))
  const pending = migrations.filter(({ version }) => !done.has(version))
  const late = pending.find(({ version }) => version < newest)
  if (late)
    refuse(`migration ${label(late)} is numbered below ${newest}, which is applied already: give it a higher number`)
  return pending
}

async function apply(session: pg.Client, { sql, ...migration }: Migration): Promise<void> {
  await session.query('begin')
  try {
    await session.query(sql)
    await session.query('insert into schema_migration (version, name, sha256) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.sha256,
    ])
    await session.query('commit')
  } catch (cause) {
    await session.query('rollback').catch(() => {})
    const { message, position } = cause as pg.DatabaseError
    const line = position ? ` at line ${sql.slice(0, Number(position)).split('\n').length}` : ''
    throw new AppError('internal_error', { message: `migration ${label(migration)} failed${line}: ${message}`, cause })
  }
}

const label = ({ version, name }: Applied | Migration): string => `${String(version).padStart(4, '0')}-${name}`

function refuse(message: string): never {
  throw new AppError('internal_error', { message })
}
