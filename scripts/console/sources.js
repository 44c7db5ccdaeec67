import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = join(root, 'console')

/** Where `vite build` and `compress.js` leave what the server serves. */
export const consoleBuild = join(sources, 'dist')
/** In the build: the hash of the sources that it was made of. */
export const stamp = '.sources'

/** Written by the gate; types alone, of which a build has none. */
const apiTypes = join(sources, 'src', 'api', 'schema.ts')

const notSources = new Set(['node_modules', 'dist', 'test'])

/** Everything else that decides what a build looks like. */
const beside = [
  'package-lock.json',
  'tsconfig.base.json',
  'scripts/console/build.js',
  'scripts/console/compress.js',
  'contracts/artifacts/credit-checkout.ts',
]

/** Whether this checkout has a console at all. */
export const hasConsole = () => existsSync(join(sources, 'package.json'))

/** A hash over every file that the build of the console is made from: by content, since a fresh clone has new times. */
export function hashSources() {
  const hash = createHash('sha256')
  const shipped = listFiles(sources).filter((path) => !/\.test\.tsx?$/.test(path) && path !== apiTypes)
  for (const path of [...shipped, ...beside.map((name) => join(root, name))]) {
    const content = readFileSync(path)
    hash.update(`${relative(root, path)} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

/** Every file below a folder, always in the same order. @param {string} folder @returns {string[]} */
export function listFiles(folder) {
  const entries = readdirSync(folder, { withFileTypes: true })
  return entries
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return notSources.has(entry.name) ? [] : listFiles(path)
      return entry.isFile() ? [path] : []
    })
}

/** Whether the console's build is that of its sources as they are now. Writes nothing. */
export function isConsoleBuilt() {
  try {
    return readFileSync(join(consoleBuild, stamp), 'utf8') === hashSources()
  } catch {
    return false
  }
}
