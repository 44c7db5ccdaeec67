import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { accountFor } from '../../src/platform/database/embedded/account.ts'
import { readPidFile } from '../../src/platform/database/embedded/pid-file.ts'
import {
  type Connection,
  type Database,
  type DatabaseOptions,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  migrate,
  openDatabase,
  startEmbeddedPostgres,
} from '../../src/platform/database/index.ts'
import { clock } from './clock.ts'
import { migrations } from './database.ts'
import { atEnd, type Scope } from './scope.ts'
import { temporaryFolder } from './scratch.ts'

export type OwnCluster = {
  readonly postgres: EmbeddedPostgres
  readonly dataDir: string
  /** Opens the database of the cluster with the current schema; closed at the end. */
  readonly open: (options?: Partial<DatabaseOptions>) => Promise<Database>
  /** Kills the server as a crash would; it is started again by itself. */
  readonly kill: () => void
}

/** An embedded PostgreSQL for this scope alone, which forces every commit to disk as in production: for crash tests. */
export async function ownCluster(scope: Scope, options: Partial<EmbeddedOptions> = {}): Promise<OwnCluster> {
  const dataDir = options.dataDir ?? (await temporaryFolder(scope))
  const postgres = await startEmbeddedPostgres({ clock, ...options, dataDir })
  const opened: Database[] = []
  atEnd(scope, async () => {
    await Promise.all(opened.map((database) => database.close()))
    await postgres.stop()
  })
  return {
    postgres,
    dataDir,
    async open(databaseOptions) {
      const database = openDatabase({ ...databaseOptions, connection: postgres.connection })
      opened.push(database)
      await migrate(database, migrations)
      return database
    },
    kill: () => process.kill(postgres.pid(), 'SIGKILL'),
  }
}

const debianBinaries = '/usr/lib/postgresql/15/bin'

/** initdb refuses a user without an entry in passwd. */
export const hasUserName = hasName()

/** Whether `debianCluster` can be used here. */
export const hasDebianPostgres = hasUserName && existsSync(join(debianBinaries, 'initdb'))

function hasName(): boolean {
  try {
    return userInfo().username !== ''
  } catch {
    return false
  }
}

/** Debian's PostgreSQL 15, for `testDatabase(scope, { server })`: the oldest version that we promise to work with. */
export async function debianCluster(scope: Scope): Promise<Connection> {
  const folder = await temporaryFolder(scope)
  const account = await accountFor(folder)
  if (account) await chown(folder, account.uid, account.gid)
  const run = { ...account, cwd: folder, env: { LC_ALL: 'C' } }
  const cluster = join(folder, 'data')
  const init = ['-D', cluster, '-U', 'redpill', '-E', 'UTF8', '--locale=C', '-A', 'trust', '--no-sync']
  await promisify(execFile)(join(debianBinaries, 'initdb'), init, run)
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off']
  const switches = settings.flatMap((setting) => ['-c', setting])
  const server = spawn(join(debianBinaries, 'postgres'), ['-D', cluster, ...switches], { ...run, stdio: 'ignore' })
  atEnd(scope, async () => {
    server.kill('SIGQUIT')
    if (server.exitCode === null) await once(server, 'exit')
  })
  while ((await readPidFile(cluster))?.status !== 'ready') await sleep(20)
  return { host: folder, user: 'redpill', database: 'postgres' }
}
