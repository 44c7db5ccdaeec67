import { access, constants, readFile, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { missingPackages } from '../../../scripts/setup/installed.js'
import type { Connection } from '../connection.ts'
import type { Outside } from '../outside.ts'
import { type Finding, findingsOf } from './finding.ts'

/** What can be seen on this machine alone, whether the server runs or not. */
export async function checkMachine(outside: Outside, { dataDirectory }: Connection): Promise<Finding[]> {
  return [
    await checkNode(outside),
    checkDependencies(outside),
    await checkDataDirectory(dataDirectory),
    await checkDisk(dataDirectory),
    await checkSecret(outside, dataDirectory),
  ]
}

async function checkNode({ root, nodeVersion }: Outside): Promise<Finding> {
  const { ok, fail } = findingsOf('Node.js')
  const pinned = (await readFile(join(root, '.node-version'), 'utf8')).trim()
  const line = pinned.slice(0, pinned.lastIndexOf('.') + 1)
  if (nodeVersion.startsWith(line)) return ok(nodeVersion)
  return fail(`this is ${nodeVersion}, RedPill is made for ${pinned}`, `run ${join(root, 'redpill')}, which brings it`)
}

function checkDependencies({ root }: Outside): Finding {
  const { ok, fail } = findingsOf('dependencies')
  const missing = missingPackages(root)
  if (missing.length === 0) return ok('as the lock file says')
  const some = missing.slice(0, 3).join(', ')
  return fail(
    `${missing.length} are missing or of another version: ${some}`,
    `run npm start in ${root}: it fetches them`,
  )
}

async function checkDataDirectory(folder: string): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('data directory')
  const found = await stat(folder).catch(() => undefined)
  if (!found) return warn(`${folder} is not there yet`, 'the first start makes it; or set REDPILL_DATA to another one')
  if (!found.isDirectory()) return fail(`${folder} is a file`, 'set REDPILL_DATA to a folder')
  const isWritable = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  )
  if (!isWritable) return fail(`${folder} cannot be written by this user`, `chown it, or run as user ${found.uid}`)
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    return warn(`${folder} can be read by others, and it holds keys`, `chmod 700 ${folder}`)
  }
  return ok(folder)
}

const mebibyte = 1_048_576n
const bytesLow = 2_048n * mebibyte
const bytesTooLow = 256n * mebibyte

async function checkDisk(folder: string): Promise<Finding> {
  const { ok, warn, fail } = findingsOf('disk')
  const place = await nearestThere(folder)
  const { bavail, bsize } = await statfs(place, { bigint: true })
  const free = bavail * bsize
  const words = `${free / mebibyte} MiB free at ${place}`
  if (free < bytesTooLow) return fail(words, 'free some space: a database on a full disk stops, and so do all calls')
  return free < bytesLow ? warn(words, 'free some space before it runs out') : ok(words)
}

async function nearestThere(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  return isThere || dirname(path) === path ? path : nearestThere(dirname(path))
}

async function checkSecret({ environment }: Outside, folder: string): Promise<Finding> {
  const { ok, warn, fail, skip } = findingsOf('secret')
  if (environment['REDPILL_SECRET']) return ok('given by REDPILL_SECRET')
  const file = join(folder, 'secret')
  const found = await stat(file).catch(() => undefined)
  if (!found) {
    const hasRun = await stat(join(folder, 'bootstrap.json')).catch(() => undefined)
    if (!hasRun) return skip('none yet: the first start makes it')
    return fail(`${file} is gone`, 'restore it from a backup: without it no key works, and provider keys are lost')
  }
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    return warn(`${file} can be read by others`, `chmod 600 ${file}`)
  }
  return ok(`${file}: keep a backup of it with that of the database`)
}
