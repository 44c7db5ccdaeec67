import { access, constants, mkdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../../core/clock.ts'
import { AppError } from '../../../core/errors.ts'
import { accountFor } from './account.ts'
import { findBinaries } from './binaries.ts'
import { initialise, majorVersion } from './initialise.ts'
import type { Home } from './postmaster.ts'
import { checkSocketFolder } from './socket.ts'

export type PrepareOptions = {
  readonly dataDir: string
  readonly clock: Clock
  readonly progress: (message: string) => void
  readonly settings?: Readonly<Record<string, string>>
  readonly binaries?: string
}

/** Makes the folder of the database, closed to others, and says in words what is wrong with one that cannot be used. */
export async function ownFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return await realpath(folder)
  } catch (cause) {
    const reason = (cause as Error).message
    const message = `the folder of the database, ${folder}, cannot be used: ${reason}. Give it to this user, or set REDPILL_DATA to another`
    throw new AppError('internal_error', { message, cause })
  }
}

/** Finds what is needed to run the cluster of a folder, and makes the cluster when there is none. */
export async function prepareHome({
  dataDir,
  clock,
  progress,
  settings = {},
  binaries,
}: PrepareOptions): Promise<Home> {
  const cluster = join(dataDir, 'cluster')
  checkSocketFolder(cluster)
  const account = await accountFor(cluster)
  const native = await findBinaries({ account, folder: dataDir, binaries })
  const found = await stat(cluster).catch(() => undefined)
  if (found) {
    await checkCluster(cluster, found.uid)
  } else {
    progress('making the database')
    const identifier = newSystemIdentifier(clock)
    await initialise({ cluster, account, identifier, durable: settings['fsync'] !== 'off' }).catch((cause: unknown) => {
      const message = `the database could not be made in ${cluster}: ${(cause as Error).message}`
      throw new AppError('internal_error', { message, cause })
    })
  }
  return { dataDir, cluster, logFile: join(dataDir, 'postgres.log'), native, account, settings }
}

/** As initdb does: seconds, microseconds and 12 bits of the process. */
function newSystemIdentifier(clock: Clock): bigint {
  const nowMs = clock.nowMs()
  const microseconds = (nowMs % 1_000) * 1_000
  return (BigInt(Math.floor(nowMs / 1_000)) << 32n) | (BigInt(microseconds) << 12n) | BigInt(process.pid % 4_096)
}

async function checkCluster(cluster: string, owner: number): Promise<void> {
  const own = process.getuid?.() ?? owner
  if (owner === 0) {
    refuse(
      `the database in ${cluster} belongs to root, and PostgreSQL refuses to run as root: give it back by chown -R`,
    )
  }
  if (own !== 0 && own !== owner) {
    refuse(
      `the database in ${cluster} belongs to user ${owner}, and this is user ${own}: run as that user, or chown -R it`,
    )
  }
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version !== majorVersion) {
    refuse(`the database in ${cluster} is of PostgreSQL ${version}, and this RedPill brings ${majorVersion}`)
  }
}

function refuse(message: string): never {
  throw new AppError('internal_error', { message })
}
