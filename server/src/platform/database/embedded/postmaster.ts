import { spawn } from 'node:child_process'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../../core/clock.ts'
import { AppError } from '../../../core/errors.ts'
import type { Account } from './account.ts'
import { clusterArgument } from './initialise.ts'
import { commandOf, disown, isAlive, readPidFile } from './pid-file.ts'
import { postgresEnvironment } from './run.ts'

/** Where a cluster lives and how its server is run. */
export type Home = {
  readonly dataDir: string
  readonly cluster: string
  readonly logFile: string
  readonly native: string
  readonly account: Account | undefined
  readonly settings: Readonly<Record<string, string>>
}

export type Waiting = { readonly clock: Clock; readonly progress: (message: string) => void }

const pollMs = 10
const progressEveryMs = 1_000
/** Recovery after a crash replays what was written since the last checkpoint; a big one takes minutes. */
const startTimeoutMs = 15 * 60_000
const fastStopTimeoutMs = 60_000
const logBytesMax = 8 * 1024 * 1024
const logTailLines = 20

/** Names our cluster in the command line of its server: how a survivor is known to be ours. */
const mark = ({ dataDir }: Home): string => `redpill.data_directory=${dataDir}`

function commandLine(home: Home): string[] {
  const settings = {
    ...home.settings,
    listen_addresses: '',
    unix_socket_directories: '.',
    unix_socket_permissions: '0700',
    port: '5432',
  }
  const switches = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  return [join(home.native, 'bin/postgres'), '-D', clusterArgument(home.cluster), '-c', mark(home), ...switches]
}

export type Found =
  | { readonly kind: 'none' }
  /** Our server, but a number in the pid file is all that we can be sure of: `sameCommand` tells whether it is up to date. */
  | { readonly kind: 'ours'; readonly pid: number; readonly status: string; readonly sameCommand: boolean }
  /** The pid file is a leftover and its number now belongs to somebody else. */
  | { readonly kind: 'alien' }

/** Looks for a server that runs the cluster. */
export async function findPostmaster(home: Home): Promise<Found> {
  const file = await readPidFile(home.cluster)
  const command = file && (await commandOf(file.pid))
  if (!command) return { kind: 'none' }
  if (!command.includes(mark(home))) return { kind: 'alien' }
  const separator = command.includes('\0') ? '\0' : ' '
  const sameCommand = command.replace(/\0$/, '') === commandLine(home).join(separator)
  return { kind: 'ours', pid: file.pid, status: file.status, sameCommand }
}

/** Starts a server and resolves with its number when it takes connections; throws with the end of its log when it does not. */
export async function launchPostmaster(home: Home, { clock, progress }: Waiting): Promise<number> {
  if ((await findPostmaster(home)).kind === 'alien') await disown(home.cluster)
  await rotateLog(home.logFile)
  await using log = await open(home.logFile, 'a', 0o600)
  const { size: logStart } = await log.stat()
  const [command = '', ...args] = commandLine(home)
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

  const startMs = clock.monotonicMs()
  let nextProgressMs = startMs + progressEveryMs
  while (end === undefined) {
    const file = await readPidFile(home.cluster)
    if (file?.pid === child.pid && file?.status === 'ready') return file!.pid
    const nowMs = clock.monotonicMs()
    if (nowMs > startMs + startTimeoutMs) end = `it was not ready within ${startTimeoutMs / 60_000} minutes`
    if (nowMs > nextProgressMs) {
      progress(`the database has been starting for ${Math.round((nowMs - startMs) / 1_000)} s`)
      nextProgressMs += progressEveryMs
    }
    await sleep(pollMs)
  }
  const words = await logTail(home.logFile, logStart)
  throw new AppError('internal_error', { message: `the embedded PostgreSQL did not start: ${end}\n${words}`.trim() })
}

/** Ends a server: its transactions are rolled back, its memory is written out, and it is gone when this resolves. */
export async function stopPostmaster(pid: number, { clock, progress }: Waiting): Promise<void> {
  const startMs = clock.monotonicMs()
  let nextProgressMs = startMs + progressEveryMs
  let forced = false
  signal(pid, 'SIGINT')
  while (await isAlive(pid)) {
    const elapsedMs = clock.monotonicMs() - startMs
    if (!forced && elapsedMs > fastStopTimeoutMs) {
      forced = true
      signal(pid, 'SIGQUIT') // No checkpoint: the next start recovers from the log. Nothing committed is lost.
    }
    if (startMs + elapsedMs > nextProgressMs) {
      progress(`the database has been stopping for ${Math.round(elapsedMs / 1_000)} s`)
      nextProgressMs += progressEveryMs
    }
    await sleep(pollMs)
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error
  }
}

/** Keeps the log of the server within twice `logBytesMax` over all starts. */
async function rotateLog(path: string): Promise<void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size > logBytesMax) await rename(path, `${path}.1`)
}

async function logTail(path: string, from: number): Promise<string> {
  const log = await readFile(path).catch(() => Buffer.alloc(0))
  return log.subarray(from).toString('utf8').trim().split('\n').slice(-logTailLines).join('\n')
}
