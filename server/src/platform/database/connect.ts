import type { Socket } from 'node:net'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Log } from '../log.ts'
import { Listener, type NoticeHandler } from './listen.ts'

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
  /** How long a statement may run, and a transaction may stand still. */
  readonly statementTimeoutMs?: number
  /** How long a statement may go without a byte from the server before its connection is given up. */
  readonly silenceMs?: number
  /** Hears of faults that no caller waits for, such as an idle connection that was cut. */
  readonly log?: Log
}

/** Typed queries. A feature names its own tables: `db.withTables<{ hold: HoldRow }>()`. */
export type Db = Kysely<Record<never, never>>

export type Database = {
  readonly pool: pg.Pool
  readonly db: Db
  /** A connection outside the pool and without limits of time; whoever opens it ends it. */
  readonly openSession: () => Promise<pg.Client>
  /** Calls `handler` for each notification on `channel` from when the promise resolves; returns how to stop. */
  readonly listen: (channel: string, handler: NoticeHandler) => Promise<() => Promise<void>>
  /** Ends the listener and every connection of the pool, once their queries are answered. */
  readonly close: () => Promise<void>
}

/** Opens a pool; nothing connects until the first query. `int8` is read as `bigint`, `date` as text, `timestamptz` as Date. */
export function openDatabase(options: DatabaseOptions): Database {
  const { log, poolSize = 10, statementTimeoutMs = 30_000, silenceMs = statementTimeoutMs + 10_000 } = options
  const warn = (message: string, error: Error): void => log?.warn(message, { error: error.message })
  const settings = clientSettings(options)
  const pool = new pg.Pool({
    ...settings,
    max: poolSize,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
  })
  // A client without an 'error' listener ends the process when the server goes away; the pool listens to idle ones only.
  pool.on('error', (error) => warn('an idle database connection was lost', error))
  pool.on('connect', (client) => {
    client.on('error', (error) => warn('a database connection was lost', error))
    breakWhenSilent(client, silenceMs)
  })

  const openSession = async (): Promise<pg.Client> => {
    const client = new pg.Client(settings)
    client.on('error', (error) => warn('a database session was lost', error))
    await client.connect()
    return client
  }
  const listener = new Listener(openSession, warn)
  const close = async (): Promise<void> => {
    await listener.close()
    await pool.end()
  }
  let closed: Promise<void> | undefined
  return {
    pool,
    db: new Kysely({ dialect: new PostgresDialect({ pool }) }),
    openSession,
    listen: (channel, handler) => listener.listen(channel, handler),
    close: () => (closed ??= close()),
  }
}

/** What `pg` does not declare of its clients. */
type Wire = { readonly connection: { readonly stream: Socket }; readonly readyForQuery: boolean }

/**
 * Breaks a connection whose query has moved nothing for so long. The server ends what takes too long by itself; this is
 * for a server that vanished without a word, which TCP alone would notice after a quarter of an hour. A connection on
 * which nothing was asked may be silent for as long as it likes.
 */
function breakWhenSilent(client: pg.PoolClient, silenceMs: number): void {
  const wire = client as unknown as Wire
  const { stream } = wire.connection
  // Not as an argument of `setTimeout`: that would be called once, and idle connections run out too.
  stream.on('timeout', () => {
    if (!wire.readyForQuery) stream.destroy(new Error(`the database was silent for ${silenceMs} ms`))
  })
  stream.setTimeout(silenceMs)
}

function clientSettings({ connection, applicationName, connectTimeoutMs = 10_000 }: DatabaseOptions): pg.ClientConfig {
  return {
    ...(typeof connection === 'string' ? { connectionString: connection } : connection),
    application_name: applicationName ?? 'redpill',
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: parserOf },
  }
}

const int8 = 20
const int8Array = 1016
const date = 1082
const dateArray = 1182
const textArray = 1009

const parseTexts = pg.types.getTypeParser(textArray as number) as (text: string) => (string | null)[]
const parseInt8s = (text: string): (bigint | null)[] =>
  parseTexts(text).map((item) => (item === null ? null : BigInt(item)))

/** Parsers of these connections alone: other users of `pg` in the process keep theirs. */
function parserOf(oid: number, format?: 'text' | 'binary'): unknown {
  if (format === 'binary') return pg.types.getTypeParser(oid, format)
  switch (oid) {
    case int8:
      return BigInt
    case int8Array:
      return parseInt8s
    case date:
      return String
    case dateArray:
      return parseTexts
    default:
      return pg.types.getTypeParser(oid)
  }
}
