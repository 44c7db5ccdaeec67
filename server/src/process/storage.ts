import { join } from 'node:path'
import type { Clock } from '../core/clock.ts'
import type { Config } from '../platform/config.ts'
import {
  migrate,
  openDatabase,
  startEmbeddedPostgres,
  waitForDatabase,
  type Database,
} from '../platform/database/index.ts'
import type { Log } from '../platform/log.ts'

export type Storage = {
  readonly database: Database
  /** Closes the pool, and stops the embedded PostgreSQL if this was its last user. */
  readonly close: () => Promise<void>
}

export type StorageOptions = {
  readonly config: Pick<Config, 'databaseUrl' | 'dataDirectory' | 'poolSize'>
  readonly clock: Clock
  readonly log: Log
  readonly progress: (message: string) => void
}

const migrations = new URL('../../migrations/', import.meta.url)

/** Opens the given database, or starts (or joins) the embedded one, and brings its schema up to date. */
export async function openStorage({ config, clock, log, progress }: StorageOptions): Promise<Storage> {
  const embedded =
    config.databaseUrl === undefined ? await startEmbedded(config.dataDirectory, clock, log, progress) : undefined
  const connection = embedded?.connection ?? config.databaseUrl!
  const database = openDatabase({ connection, poolSize: config.poolSize, applicationName: 'redpill', log })
  const close = async () => {
    await database.close()
    await embedded?.stop()
  }
  try {
    await waitForDatabase(database, { clock, progress })
    for (const { version, name } of await migrate(database, migrations)) log.info('migrated', { version, name })
  } catch (error) {
    await close()
    throw error
  }
  return { database, close }
}

function startEmbedded(dataDirectory: string, clock: Clock, log: Log, progress: (message: string) => void) {
  return startEmbeddedPostgres({
    dataDir: join(dataDirectory, 'postgres'),
    clock,
    progress,
    onEvent: (event) => log.warn('embedded PostgreSQL', { event: event.kind }),
  })
}
