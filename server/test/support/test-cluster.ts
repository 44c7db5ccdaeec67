import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { tryLock } from '../../src/platform/database/embedded/lock.ts'
import { readPidFile } from '../../src/platform/database/embedded/pid-file.ts'
import { stopPostmaster } from '../../src/platform/database/embedded/postmaster.ts'
import { wordsOf } from '../../src/platform/database/embedded/processes.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/index.ts'
import { clock } from './clock.ts'
import { scratch } from './scratch.ts'

/** Nothing here must survive anything, so nothing waits for the disk. Crash tests make a cluster of their own. */
const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '400' }

const checkout = createHash('sha256')
  .update(import.meta.url)
  .digest('hex')
  .slice(0, 8)
const folder = join(await scratch(), `redpill-test-${process.getuid?.() ?? 0}-${checkout}`)

/** Shared by the processes that use the cluster; whoever gets it alone may take the cluster away. */
const usersLock = `${folder}.lock`
const lockRetryMs = 20

let joined: Promise<EmbeddedPostgres> | undefined

/** The one cluster that all test processes of this checkout share; it goes away by itself when none is left. */
export const joinTestCluster = (): Promise<EmbeddedPostgres> => (joined ??= startOrAdopt())

async function startOrAdopt(): Promise<EmbeddedPostgres> {
  while (!tryLock(usersLock, 'shared')) await sleep(lockRetryMs)
  const cluster = await startEmbeddedPostgres({ dataDir: folder, clock, settings })
  if (!cluster.adopted) await startReaper()
  return cluster
}

/**
 * Starts a process that takes the cluster away some seconds after its last user, even one that was killed, is gone.
 * Resolves when it has read what it needs: a checkout may be deleted as soon as its tests are over.
 */
async function startReaper(): Promise<void> {
  const script = fileURLToPath(new URL('stop-test-database.ts', import.meta.url))
  const reaper = spawn(process.execPath, [script, '--when-idle'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await Promise.race([once(reaper.stdout, 'data'), once(reaper, 'exit')])
  reaper.stdout.destroy()
  reaper.unref()
}

/**
 * Stops the shared cluster and removes its folder, unless somebody still uses it; returns whether it is gone. Needs no
 * file of the checkout, which may have been deleted meanwhile.
 */
export async function stopTestCluster(): Promise<boolean> {
  const alone = tryLock(usersLock, 'exclusive')
  if (!alone) return false
  try {
    const server = await readPidFile(join(folder, 'cluster'))
    const words = server && (await wordsOf(server.pid))
    if (words?.includes(folder)) await stopPostmaster(server!.pid, { clock, progress: () => {} })
    await rm(folder, { recursive: true, force: true })
    return true
  } finally {
    alone.release()
  }
}

const idleMs = 5_000
const lookEveryMs = 500

/** Resolves when the cluster is gone, having stopped it once nobody used it for some seconds. */
export async function stopTestClusterWhenIdle(): Promise<void> {
  for (let idleSinceMs = clock.monotonicMs(); existsSync(folder); await sleep(lookEveryMs)) {
    const alone = tryLock(usersLock, 'exclusive')
    alone?.release()
    if (!alone) idleSinceMs = clock.monotonicMs()
    else if (clock.monotonicMs() - idleSinceMs > idleMs) await stopTestCluster().catch(() => false) // Tried again.
  }
}
