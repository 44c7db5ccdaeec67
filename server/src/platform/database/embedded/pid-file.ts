// The file postmaster.pid of PostgreSQL 18 (src/include/utils/pidfile.h) and the process that it names.
import { execFile } from 'node:child_process'
import { chown, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

export type PidFile = { readonly pid: number; readonly status: string }

const statusLine = 7

/** Reads who runs, or ran, a cluster. While a server starts its file may be incomplete: then the status is empty. */
export async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return pid > 0 ? { pid, status: lines[statusLine]?.trim() ?? '' } : undefined
}

/** The command line of a live process, its words separated by NUL (Linux) or spaces; `undefined` for none or a zombie. */
export async function commandOf(pid: number): Promise<string | undefined> {
  const command =
    process.platform === 'linux'
      ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      : await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).then(
          ({ stdout }) => stdout.trim(),
          () => '',
        )
  return command === '' ? undefined : command
}

/** Whether that process runs, was started by the same words or not. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await commandOf(pid)) !== undefined
}

/**
 * Makes a leftover pid file harmless when its number now belongs to an alien process, which PostgreSQL would take for a
 * running server. The file is not removed, since its last lines let PostgreSQL see that no orphan still writes to the
 * cluster; it gets the number of this process instead, as PostgreSQL takes its own parent's number for a stale one.
 */
export async function disown(cluster: string): Promise<void> {
  const path = join(cluster, 'postmaster.pid')
  const [text, owner] = await Promise.all([readFile(path, 'utf8'), stat(path)])
  const draft = `${path}.new`
  await writeFile(draft, text.replace(/^\d+/, String(process.pid)), { mode: 0o600 })
  await chown(draft, owner.uid, owner.gid)
  await rename(draft, path)
  await rm(join(cluster, '.s.PGSQL.5432.lock'), { force: true })
}
