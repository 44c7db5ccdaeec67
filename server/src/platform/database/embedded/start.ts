import { access, mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../core/clock.ts'
import { AppError } from '../../../core/errors.ts'
import { accountFor } from './account.ts'
import { findBinaries } from './binaries.ts'
import { initialise, superuser } from './initialise.ts'
import { tryLock, waitForLock } from './lock.ts'
import { findPostmaster, type Home, launchPostmaster, stopPostmaster, type Waiting } from './postmaster.ts'
import { openSocketFolder } from './socket.ts'
import { type EmbeddedEvent, watchPostmaster } from './watch.ts'

export type { EmbeddedEvent } from './watch.ts'

export type EmbeddedOptions = {
  /** A folder for the cluster, its log and its locks; made when it is missing. */
  readonly dataDir: string
  readonly clock: Clock
  /** Hears what takes longer than a moment. */
  readonly progress?: (message: string) => void
  /** Hears when the server died and was started again. */
  readonly onEvent?: (event: EmbeddedEvent) => void
  /** Settings of PostgreSQL for this server, over those of `postgresql.conf`. With `fsync: 'off'` nothing survives a crash. */
  readonly settings?: Readonly<Record<string, string>>
}

export type EmbeddedPostgres = {
  readonly connection: { readonly host: string; readonly user: string; readonly database: string }
  /** Whether the server ran already, left by a process that was killed or shared with one that lives. */
  readonly adopted: boolean
  /** The number of the server's process now; it changes when the server is started again. */
  readonly pid: () => number
  /** Gives the server up; stops it cleanly if nobody else uses it. */
  readonly stop: () => Promise<void>
}

const lockTimeoutMs = 20 * 60_000

/**
 * Runs PostgreSQL 18 in a folder of its own and keeps it running until `stop`. It never opens a TCP port: it listens on a
 * socket inside the cluster, which only its account and root can enter. Processes that start on one folder share one
 * server, and the last to stop stops it.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { clock, progress = () => {}, onEvent = () => {} } = options
  const waiting: Waiting = { clock, progress }
  const dataDir = await ownFolder(options.dataDir)
  const startLock = join(dataDir, 'start.lock')
  const usersLock = join(dataDir, 'users.lock')

  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    const lock = await waitForLock(startLock, 'exclusive', { clock, timeoutMs: lockTimeoutMs })
    if (!lock) throw new AppError('internal_error', { message: `another process has held ${startLock} for too long` })
    try {
      return await work()
    } finally {
      lock.release()
    }
  }

  const start = async () => {
    const home = await prepare(dataDir, options, progress)
    const running = await ensureRunning(home, waiting, () => tryLock(usersLock, 'exclusive'))
    const presence = tryLock(usersLock, 'shared')
    if (!presence) throw new AppError('internal_error', { message: `${usersLock} is held by an alien process` })
    return { home, running, presence, folder: await openSocketFolder(home.cluster) }
  }
  const { home, running, presence, folder } = await exclusively(start)

  const watch = watchPostmaster({
    pid: running.pid,
    clock,
    onEvent,
    restart: () => exclusively(async () => (await ensureRunning(home, waiting, () => undefined)).pid),
  })

  const stop = async (): Promise<void> => {
    await watch.stop()
    await exclusively(async () => {
      presence.release()
      const alone = tryLock(usersLock, 'exclusive')
      const found = alone ? await findPostmaster(home) : undefined
      if (found?.kind === 'ours') await stopPostmaster(found.pid, waiting)
      alone?.release()
    })
    await folder.close()
  }
  let stopping: Promise<void> | undefined
  return {
    connection: { host: folder.path, user: superuser, database: superuser },
    adopted: running.adopted,
    pid: watch.pid,
    stop: () => (stopping ??= stop()),
  }
}

/** Makes the folder, closed to others, and says in words what is wrong with one that cannot be used. */
async function ownFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, 6)
    return await realpath(folder)
  } catch (cause) {
    throw new AppError('internal_error', {
      message: `the folder of the database, ${folder}, cannot be made or written (${(cause as Error).message}): give it to this user or set REDPILL_DATA to another`,
      cause,
    })
  }
}

async function prepare(dataDir: string, options: EmbeddedOptions, progress: (message: string) => void): Promise<Home> {
  const { settings = {} } = options
  const cluster = join(dataDir, 'cluster')
  const account = await accountFor(cluster)
  const native = await findBinaries({ account, folder: dataDir })
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) {
    progress('making the database')
    await initialise({ cluster, native, account, durable: settings['fsync'] !== 'off' })
  } else {
    await checkCluster(cluster, version)
  }
  return { dataDir, cluster, logFile: join(dataDir, 'postgres.log'), native, account, settings }
}

async function checkCluster(cluster: string, version: string): Promise<void> {
  const fail = (message: string): never => {
    throw new AppError('internal_error', { message })
  }
  if (version.trim() !== '18')
    fail(`the database in ${cluster} is of PostgreSQL ${version.trim()}; this RedPill brings 18`)
  const { uid } = await stat(cluster)
  const own = process.getuid?.()
  if (own === 0 && uid === 0)
    fail(
      `the database in ${cluster} belongs to root, as which PostgreSQL refuses to run: chown -R it to the user that it belonged to`,
    )
  if (own !== 0 && uid !== own)
    fail(`the database in ${cluster} belongs to user ${uid}, but this is user ${own}: run as that user, or chown -R it`)
}

type Running = { readonly pid: number; readonly adopted: boolean }

/** Adopts the server of the cluster or starts one. A survivor of an older version or other settings is replaced if nobody else uses it. */
async function ensureRunning(
  home: Home,
  waiting: Waiting,
  alone: () => { release(): void } | undefined,
): Promise<Running> {
  for (;;) {
    const found = await findPostmaster(home)
    if (found.kind !== 'ours') return { pid: await launchPostmaster(home, waiting), adopted: false }
    if (found.status !== 'ready') {
      await sleep(20) // Starting, recovering or stopping: each of these ends by itself.
      continue
    }
    const unused = found.sameCommand ? undefined : alone()
    if (!unused) return { pid: found.pid, adopted: true }
    await stopPostmaster(found.pid, waiting)
    unused.release()
  }
}
