import { DatabaseSync } from 'node:sqlite'

/** Held until it is released or the process ends, however it ends: the kernel keeps it, so it can never be stale. */
export type FileLock = { readonly release: () => void }

export type LockMode = 'shared' | 'exclusive'

const sqliteBusy = 5

/** Keeps locks from being collected as garbage, which would release them. */
const held = new Set<DatabaseSync>()

/**
 * Takes the lock of a file, or returns `undefined` when another holder stands against it. Node offers no `flock`; an
 * empty SQLite database does: its transactions take and give back byte-range locks of the operating system.
 */
export function tryLock(path: string, mode: LockMode): FileLock | undefined {
  const file = new DatabaseSync(path)
  try {
    file.exec(mode === 'exclusive' ? 'begin exclusive' : 'begin; select count(*) from sqlite_master')
  } catch (error) {
    file.close()
    if (((error as { errcode?: number }).errcode ?? 0) % 256 === sqliteBusy) return undefined
    throw error
  }
  held.add(file)
  return {
    release() {
      if (held.delete(file)) file.close()
    },
  }
}
