// The file postmaster.pid of PostgreSQL 18 (src/include/utils/pidfile.h).
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type PidFile = { readonly pid: number; readonly status: string }

const statusLine = 7
const nameIn = (cluster: string): string => join(cluster, 'postmaster.pid')

/** Reads who runs, or ran, a cluster. While a server starts, the file may be incomplete: then the status is empty. */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(nameIn(cluster), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return pid > 0 ? { pid, status: lines[statusLine]?.trim() ?? '' } : undefined
}

/**
 * Makes the pid file of a server that is gone harmless: its number may belong to an alien process by now, which PostgreSQL
 * would take for the server. The file is not removed, because by its last lines PostgreSQL sees whether orphans of the old
 * server still write to the cluster; it gets our number, as PostgreSQL takes that of its own parent for a stale one.
 */
export async function disownPidFile(cluster: string): Promise<void> {
  const path = nameIn(cluster)
  const [text, owner] = await Promise.all([readFile(path, 'utf8'), stat(path)])
  const draft = `${path}.new`
  await writeFile(draft, text.replace(/^\d+/, String(process.pid)), { mode: 0o600 })
  await chown(draft, owner.uid, owner.gid)
  await rename(draft, path)
  await rm(join(cluster, '.s.PGSQL.5432.lock'), { force: true })
}
