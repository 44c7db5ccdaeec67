import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chance } from '../core/clock.ts'
import { AppError } from '../core/errors.ts'

/** Makes the data directory, readable by its owner alone; says what to do where it cannot be had. */
export async function openDataDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const found = await stat(path)
    if (!found.isDirectory()) throw new Error('it is a file')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AppError('internal_error', {
      message: `the data directory ${path} cannot be used (${why}); set REDPILL_DATA to a folder that this user may write`,
      cause,
    })
  }
}

const secretBytes = 32

/**
 * The server's own secret: given, or made at the first start and kept beside the database. Everything sealed and every
 * key depends on it, so it is never overwritten; of two processes that start at once, one makes it and both read it.
 */
export async function loadSecret(directory: string, given: string | undefined, chance: Chance): Promise<string> {
  if (given !== undefined) return given
  const file = join(directory, 'secret')
  const existing = await readSecret(file)
  if (existing !== undefined) return existing
  const secret = Buffer.from(chance.bytes(secretBytes)).toString('hex')
  const draft = `${file}.${Buffer.from(chance.bytes(8)).toString('hex')}`
  await writeFile(draft, `${secret}\n`, { mode: 0o600, flag: 'wx', flush: true })
  try {
    // Unlike a rename, a link fails when the other process was first; and nobody ever reads half a file.
    await link(draft, file)
    return secret
  } catch (cause) {
    const theirs = await readSecret(file)
    if (theirs === undefined) throw cause
    return theirs
  } finally {
    await rm(draft, { force: true })
  }
}

async function readSecret(file: string): Promise<string | undefined> {
  try {
    const secret = (await readFile(file, 'utf8')).trim()
    if (secret.length >= 2 * secretBytes) return secret
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  throw new AppError('internal_error', {
    message: `${file} is damaged; restore it from a backup: keys and stored provider keys depend on it`,
  })
}
