import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { AppError } from '../../../core/errors.ts'
import { superuser } from './initialise.ts'
import { type FileLock, tryLock } from './lock.ts'
import { rotateLog } from './log-file.ts'
import { type Patience, waitFor } from './patience.ts'
import { type Found, findPostmaster, type Home, launchPostmaster, stopPostmaster } from './postmaster.ts'
import { ownFolder, prepareHome } from './prepare.ts'
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
  /** The folder with `bin`, `lib` and `share` of PostgreSQL 18; the npm package's own if it is not given. */
  readonly binaries?: string
}

export type EmbeddedPostgres = {
  /** For this process only: another one may need another way to the socket. */
  readonly connection: { readonly host: string; readonly user: string; readonly database: string }
  /** Whether the server ran already, left by a process that was killed or shared with one that lives. */
  readonly adopted: boolean
  /** The number of the server's process now; it changes when the server is started again. */
  readonly pid: () => number
  /** Gives the server up; stops it cleanly if nobody else uses it. */
  readonly stop: () => Promise<void>
}

/**
 * Runs PostgreSQL 18 in a folder of its own and keeps it running until `stop`. It never opens a TCP port: it listens on a
 * socket inside the cluster, which only its account and root can enter. Processes that start on one folder share one
 * server, and the last to stop stops it.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { clock, progress = () => {}, onEvent = () => {} } = options
  const patience: Patience = { clock, progress }
  const dataDir = await ownFolder(options.dataDir)
  const exclusively = turnTaker(join(dataDir, 'start.lock'), patience)
  const users = join(dataDir, 'users.lock')

  const { home, running, presence } = await exclusively(async () => {
    const prepared = await prepareHome({ ...options, dataDir, progress })
    const server = await ensureRunning(prepared, patience, () => tryLock(users, 'exclusive'))
    return { home: prepared, running: server, presence: tryLock(users, 'shared') }
  })
  const folder = await openSocketFolder(home.cluster)
  const watch = watchPostmaster({
    pid: running.pid,
    clock,
    onEvent,
    restart: () => exclusively(async () => (await ensureRunning(home, patience, () => undefined)).pid),
    upkeep: () => rotateLog(home.logFile),
  })

  const stop = async (): Promise<void> => {
    await watch.stop()
    await exclusively(async () => {
      presence?.release()
      const alone = tryLock(users, 'exclusive')
      const found = await findPostmaster(home)
      if (alone && found.kind === 'ours') await stopPostmaster(found.pid, patience)
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

/** Makes a function that does one piece of work at a time, over all processes that use the same lock. */
function turnTaker(lockFile: string, patience: Patience): <T>(work: () => Promise<T>) => Promise<T> {
  return async (work) => {
    const look = () => tryLock(lockFile, 'exclusive')
    const lock = await waitFor('waiting for another process that starts or stops the database', look, patience)
    try {
      return await work()
    } finally {
      lock.release()
    }
  }
}

type Running = { readonly pid: number; readonly adopted: boolean }

/** Adopts the server of the cluster or starts one. One of an older version or other settings is replaced if nobody uses it. */
async function ensureRunning(home: Home, patience: Patience, takeAlone: () => FileLock | undefined): Promise<Running> {
  for (;;) {
    const found = await waitFor('waiting for the database', () => findSettled(home), patience)
    if (found.kind === 'foreign') {
      const message = `PostgreSQL (process ${found.pid}), which RedPill did not start, runs on ${home.cluster}: stop it`
      throw new AppError('internal_error', { message })
    }
    if (found.kind !== 'ours') return { pid: await launchPostmaster(home, patience), adopted: false }
    const alone = found.sameCommand ? undefined : takeAlone()
    if (!alone) return { pid: found.pid, adopted: true }
    await stopPostmaster(found.pid, patience).finally(alone.release)
  }
}

/** What is there, but `undefined` while a server of ours starts, recovers or stops: each of these ends by itself. */
async function findSettled(home: Home): Promise<Found | undefined> {
  const found = await findPostmaster(home)
  return found.kind === 'ours' && found.status !== 'ready' ? undefined : found
}
