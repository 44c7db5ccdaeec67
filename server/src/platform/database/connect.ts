import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '../log.ts'
import { type Listener, type NoticeHandler, openListener, type Warn } from './listen.ts'

/** Where PostgreSQL is: a URL, or the folder of its socket. */
export type Connection =
  | string
  | { readonly host: string; readonly port?: number; readonly user: string; readonly database: string }

export type DatabaseOptions = {
  readonly connection: Connection
  /** Connections at most; a query waits for a free one for up to `connectTimeoutMs`. */
  readonly poolSize?: number
  readonly applicationName?: string
  readonly connectTimeoutMs?: number
  readonly statementTimeoutMs?: number
  /** Hears of faults that no caller waits for, such as an idle connection that was cut. */
  readonly log?: Log
}

/** Typed queries. A feature names its own tables: `db.withTables<{ hold: HoldRow }>()`. */
export type Db = Kysely<Record<never, never>>

export type Database = {
  readonly pool: pg.Pool
  readonly db: Db
  /** Calls `handler` for each notification on `channel` from when the promise resolves; returns how to stop. */
  readonly listen: (channel: string, handler: NoticeHandler) => Promise<() => Promise<void>>
  /** Ends the listener and every connection, once their queries are answered. */
  readonly close: () => Promise<void>
}

/** Opens a pool; nothing connects until the first query. `int8` is read as `bigint`, `date` as text, `timestamptz` as Date. */
export function openDatabase(options: DatabaseOptions): Database {
  const { log, poolSize = 10 } = options
  const warn: Warn = (message, error) => log?.warn(message, { error: (error as Error).message })
  const settings = clientSettings(options)
  const pool = new pg.Pool({ ...settings, max: poolSize, idleTimeoutMillis: 60_000 })
  // A client without an 'error' listener ends the process when the server goes away; the pool listens to idle ones only.
  pool.on('error', (error) => warn('an idle database connection was lost', error))
  pool.on('connect', (client) => client.on('error', (error) => warn('a database connection was lost', error)))

  let listener: Listener | undefined
  let closed: Promise<void> | undefined
  const close = async (): Promise<void> => {
    await listener?.close()
    await pool.end()
  }
  return {
    pool,
    db: new Kysely({ dialect: new PostgresDialect({ pool }) }),
    listen: (channel, handler) => {
      listener ??= openListener(() => new pg.Client({ ...settings, statement_timeout: 0 }), warn)
      return listener.listen(channel, handler)
    },
    close: () => (closed ??= close()),
  }
}

const int8 = 20
const int8Array = 1016
const textArray = 1009
const date = 1082
const dateArray = 1182

/** Parsers of this pool alone: other users of `pg` in the process keep theirs. */
const typeParsers = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
    if (format !== 'binary') {
      if (oid === int8) return BigInt
      if (oid === int8Array) return parseInt8Array
      if (oid === date) return String
      if (oid === dateArray) return parseTextArray
    }
    return pg.types.getTypeParser(oid, format)
  },
}

const parseTextArray = pg.types.getTypeParser(textArray, 'text') as (text: string) => (string | null)[]

const parseInt8Array = (text: string): (bigint | null)[] =>
  parseTextArray(text).map((item) => (item === null ? null : BigInt(item)))

function clientSettings(options: DatabaseOptions): pg.ClientConfig {
  const { connection, applicationName = 'redpill', connectTimeoutMs = 10_000, statementTimeoutMs = 30_000 } = options
  return {
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: typeParsers as pg.CustomTypesConfig,
  }
}
