import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

const beatMs = 2_000
const silenceMs = 60_000
const pollMs = 250
const leftoverMs = 3_600_000

/** Where a process number means something: this boot of this machine, this container. */
const pidSpace = [hostname(), ...['/proc/sys/kernel/random/boot_id', '/proc/self/ns/pid'].map(readIfThere)].join(' ')

/**
 * A lock on a folder between processes of any user, machine or container that share it.
 *
 * The lock is a directory with one file, `owner`. It is taken by renaming a prepared directory into place, which the
 * system refuses when a filled one is there, so it never exists without its owner. It is stale when its processes are
 * gone (same machine) or when its owner has been silent for a minute (others). A stale one is moved to a name made of
 * its own token: of two that judge it stale, the slower one finds that name filled and cannot move the new lock.
 * @param {string} folder made if it is missing
 * @param {() => void} onWait called once when somebody else holds the lock
 * @returns {Promise<{ addProcess: (pid: number | undefined) => void, release: () => void }>}
 */
export async function takeLock(folder, onWait) {
  const token = `${process.pid}-${process.hrtime.bigint().toString(36)}`
  const lock = join(folder, 'lock')
  const mine = join(folder, `lock-${token}`)
  const owner = { token, space: pidSpace, pids: [process.pid] }
  const write = (/** @type {string} */ directory) => writeFileSync(join(directory, 'owner'), JSON.stringify(owner))
  mkdirSync(mine, { recursive: true })
  write(mine)
  for (let waited = false; !renamed(mine, lock); waited = true) {
    const stale = staleToken(lock)
    if (stale !== undefined && renamed(lock, join(folder, `stale-${stale}`))) continue
    if (!waited) onWait()
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  const beat = setInterval(() => touch(join(lock, 'owner')), beatMs)
  beat.unref()
  return {
    addProcess(pid) {
      if (pid === undefined) return
      owner.pids.push(pid)
      write(lock)
    },
    release() {
      clearInterval(beat)
      if (renamed(lock, mine)) rmSync(mine, { recursive: true })
      sweep(folder)
    },
  }
}

/** @param {string} from @param {string} to @returns {boolean} false when `to` is filled or `from` is gone */
function renamed(from, to) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    const { code = '' } = /** @type {NodeJS.ErrnoException} */ (error)
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOENT'].includes(code)) return false
    throw error
  }
}

/** @param {string} path a file or link of Linux; elsewhere the host's name must do */
function readIfThere(path) {
  try {
    return path.includes('/ns/') ? readlinkSync(path) : readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

/** @param {string} path */
function touch(path) {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // Somebody removed the folder: no reason to break off what is being installed.
  }
}

/** Removes what killed processes left beside the lock. @param {string} folder */
function sweep(folder) {
  for (const name of readdirSync(folder).filter((entry) => /^(lock|stale)-/.test(entry))) {
    const path = join(folder, name)
    const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: Date.now() }
    if (Date.now() - mtimeMs > leftoverMs) rmSync(path, { recursive: true, force: true })
  }
}

/** The token of a lock whose owner is gone; undefined while it may be alive. @param {string} lock */
function staleToken(lock) {
  try {
    const path = join(lock, 'owner')
    const silent = Date.now() - statSync(path).mtimeMs > silenceMs
    /** @type {{ token: string, space: string, pids: number[] }} */
    const { token, space, pids } = JSON.parse(readFileSync(path, 'utf8'))
    const gone = space === pidSpace && !pids.some(isAlive)
    return silent || gone ? token : undefined
  } catch {
    return undefined // released, or being written at this moment
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM'
  }
}
