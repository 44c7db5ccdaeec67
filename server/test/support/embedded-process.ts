import { findBinaries } from '../../src/platform/database/embedded/binaries.ts'
import { startEmbeddedPostgres } from '../../src/platform/database/index.ts'
import { clock } from './clock.ts'

/**
 * A process that runs an embedded PostgreSQL, for tests that kill such processes: `embedded-process.ts DATA_DIR [UID]`.
 * It prints `{ pid, adopted }`, ignores SIGINT as a gateway does that drains, and stops cleanly at SIGTERM. With a UID it
 * becomes that user first; what only root can read is loaded before.
 */
const [dataDir = '', uid] = process.argv.slice(2)
const user = uid === undefined ? undefined : { uid: Number(uid), gid: Number(uid) }
const binaries = user && (await findBinaries({ account: user, folder: dataDir }))
if (user) {
  process.setgroups?.([user.gid])
  process.setgid?.(user.gid)
  process.setuid?.(user.uid)
}
process.on('SIGINT', () => {})
const postgres = await startEmbeddedPostgres({ dataDir, clock, ...(binaries && { binaries }) }).catch(
  (error: unknown) => {
    process.stdout.write(`${JSON.stringify({ error: (error as Error).message })}\n`)
    process.exit(1)
  },
)
const alive = setInterval(() => {}, 60_000)
process.on('SIGTERM', () => {
  clearInterval(alive)
  void postgres.stop()
})
process.stdout.write(`${JSON.stringify({ pid: postgres.pid(), adopted: postgres.adopted })}\n`)
