/**
 * Builds the console where its build is missing or is not that of its sources. Needs the dependencies and no network.
 */
import { spawn } from 'node:child_process'
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeLock } from '../setup/lock.js'
import { withProgress } from '../setup/progress.js'
import { compressFiles } from './compress.js'
import { consoleBuild, hasConsole, hashSources, isConsoleBuilt, stamp } from './sources.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')

/**
 * Several at once wait for each other; the build appears whole or not at all. Rejects with what the bundler said.
 * @param {string} node the pinned Node.js
 */
export async function buildConsole(node) {
  if (!hasConsole() || isConsoleBuilt()) return
  const cache = join(root, '.cache')
  const lock = await takeLock(cache, () => process.stderr.write('Waiting for another set-up of this folder ...\n'))
  try {
    if (!isConsoleBuilt()) await withProgress('Building the console', () => build(node, join(cache, 'console')))
  } finally {
    lock.release()
  }
}

/** @param {string} node @param {string} folder where it is made; moved to its place when it is whole */
async function build(node, folder) {
  const hash = hashSources()
  rmSync(folder, { recursive: true, force: true })
  await bundle(node, folder)
  compressFiles(folder)
  writeFileSync(join(folder, stamp), hash)
  const old = `${folder}-old`
  rmSync(old, { recursive: true, force: true })
  try {
    renameSync(consoleBuild, old)
  } catch {
    // There was none.
  }
  renameSync(folder, consoleBuild)
  rmSync(old, { recursive: true, force: true })
}

/** @param {string} node @param {string} outDir @returns {Promise<void>} */
function bundle(node, outDir) {
  const args = [vite, 'build', '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn']
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawn(node, args, { cwd: join(root, 'console'), env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(said.trim() || `the bundler ended with ${code}`))
    })
  })
}
