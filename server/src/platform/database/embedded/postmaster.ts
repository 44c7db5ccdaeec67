import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '../../../core/errors.ts'
import { type Account, postgresEnvironment } from './account.ts'
import { clusterArgument } from './initialise.ts'
import { logTail, rotateLog } from './log-file.ts'
import { type Patience, waitFor } from './patience.ts'
import { disownPidFile, readPidFile } from './pid-file.ts'
import { isAlive, processesWith, signalProcess, standsIn, wordSeparator, wordsOf } from './processes.ts'

/** Where a cluster lives and how its server is run. */
export type Home = {
  readonly dataDir: string
  readonly cluster: string
  readonly logFile: string
  /** The folder with `bin`, `lib` and `share` of PostgreSQL. */
  readonly native: string
  readonly account: Account | undefined
  readonly settings: Readonly<Record<string, string>>
}

/** Recovery after a crash replays what was written since the last checkpoint; a big one takes minutes. */
const startTimeoutMs = 15 * 60_000
const fastStopTimeoutMs = 60_000

/** Names our cluster in the command line of its server: how a survivor is known to be ours. */
const markOf = ({ dataDir }: Home): string => `redpill.data_directory=${dataDir}`

/** Names our cluster in the titles of its server's processes, which replace their command lines. */
const titleOf = ({ dataDir }: Home): string =>
  `redpill-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`

/** What keeps the cluster private and ours is said here, where no file can change it. */
function commandOf(home: Home): string[] {
  const settings = {
    ...home.settings,
    cluster_name: titleOf(home),
    listen_addresses: '',
    port: '5432',
    unix_socket_directories: '.',
    unix_socket_permissions: '0700',
  }
  const switches = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return [join(home.native, 'bin/postgres'), '-D', clusterArgument(home.cluster), '-c', markOf(home), ...switches]
}

export type Found =
  | { readonly kind: 'none' }
  /** There is a pid file, but its server is gone; the number may belong to an alien process. */
  | { readonly kind: 'leftover' }
  /** `sameCommand`: it is just what we would start now, not an older version or one with other settings. */
  | { readonly kind: 'ours'; readonly pid: number; readonly status: string; readonly sameCommand: boolean }
  /** A server on our cluster that somebody started in another way. */
  | { readonly kind: 'foreign'; readonly pid: number }

/** Looks for a server that runs the cluster. */
export async function findPostmaster(home: Home): Promise<Found> {
  const file = await readPidFile(home.cluster)
  if (!file) return { kind: 'none' }
  const { pid, status } = file
  const words = await wordsOf(pid)
  if (words?.includes(markOf(home) + wordSeparator)) {
    return { kind: 'ours', pid, status, sameCommand: words === commandOf(home).join(wordSeparator) }
  }
  const program = words && basename(words.split(wordSeparator)[0]!)
  return program === 'postgres' && (await standsIn(pid, home.cluster)) ? { kind: 'foreign', pid } : { kind: 'leftover' }
}

/** Starts a server; resolves with its number when it takes connections, throws with the end of its log when it does not. */
export async function launchPostmaster(home: Home, patience: Patience): Promise<number> {
  if ((await findPostmaster(home)).kind === 'leftover') {
    await disownPidFile(home.cluster)
    await endOrphans(home, patience)
  }
  await rotateLog(home.logFile)
  await using log = await open(home.logFile, 'a', 0o600)
  const { size: logStart } = await log.stat()
  const [command = '', ...args] = commandOf(home)
  const child = spawn(command, args, {
    cwd: home.cluster,
    ...home.account,
    env: postgresEnvironment,
    detached: true, // A session of its own: Ctrl-C in our terminal is not for the database, which must outlive our drain.
    stdio: ['ignore', log.fd, log.fd],
  })
  let end: string | undefined
  child.on('error', (error) => (end = error.message))
  child.on('exit', (code, signal) => (end = `it ended with ${signal ?? code}`))
  child.unref()

  const look = async (elapsedMs: number): Promise<number | undefined> => {
    if (elapsedMs > startTimeoutMs) end ??= `it is not ready after ${startTimeoutMs / 60_000} minutes`
    if (end !== undefined) {
      const message = `the embedded PostgreSQL did not start: ${end}\n${await logTail(home.logFile, logStart)}`
      throw new AppError('internal_error', { message: message.trim() })
    }
    const file = await readPidFile(home.cluster)
    return file?.pid === child.pid && file?.status === 'ready' ? child.pid : undefined
  }
  return waitFor('starting the database', look, patience)
}

const orphanQuitMs = 3_000
const orphanTimeoutMs = 10_000

/**
 * Ends what a killed server left behind: a backend that is busy does not notice that its server is gone, still writes to
 * the cluster, and so keeps a new one from starting. Gives up in the end, as it is PostgreSQL that sees to safety.
 */
async function endOrphans(home: Home, patience: Patience): Promise<void> {
  const title = `postgres: ${titleOf(home)}: `
  const look = async (elapsedMs: number): Promise<true | undefined> => {
    const orphans = await processesWith(title)
    for (const { pid } of orphans) signalProcess(pid, elapsedMs < orphanQuitMs ? 'SIGQUIT' : 'SIGKILL')
    return orphans.length === 0 || elapsedMs > orphanTimeoutMs ? true : undefined
  }
  await waitFor('ending what a killed database left', look, patience)
}

/** Ends a server: what was not committed is rolled back, memory is written out, and it is gone when this resolves. */
export async function stopPostmaster(pid: number, patience: Patience): Promise<void> {
  signalProcess(pid, 'SIGINT')
  let forced = false
  const look = async (elapsedMs: number): Promise<true | undefined> => {
    if (!(await isAlive(pid))) return true
    if (!forced && elapsedMs > fastStopTimeoutMs) {
      forced = true
      signalProcess(pid, 'SIGQUIT') // No checkpoint: the next start recovers from the log. Nothing committed is lost.
    }
    return undefined
  }
  await waitFor('stopping the database', look, patience)
}
