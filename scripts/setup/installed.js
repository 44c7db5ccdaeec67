import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, os?: string | string[], cpu?: string | string[],
 *   libc?: string | string[] }} Entry
 */

/**
 * The packages of `package-lock.json` that this machine needs and that are not in `node_modules`, by npm's own record
 * of what it installed (`node_modules/.package-lock.json`, written last). Empty means: nothing to do, no network
 * needed. An optional package that names a platform counts as needed on that platform: an old npm leaves such
 * packages out without a word when their `engines` exclude the Node that npm itself runs under.
 * @param {string} folder
 * @returns {string[]} paths such as `node_modules/undici`; one entry '.' when there is no record at all
 */
export function missingPackages(folder) {
  const wanted = readPackages(join(folder, 'package-lock.json'))
  if (!wanted) throw new Error(`${join(folder, 'package-lock.json')} is missing or is no lock file of npm 7 or newer`)
  const present = readPackages(join(folder, 'node_modules', '.package-lock.json'))
  if (!present) return ['.']
  return Object.entries(wanted)
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.link && isNeededHere(entry))
    .filter(([path, entry]) => present[path]?.version !== entry.version)
    .map(([path]) => path)
}

/** @param {string} path @returns {Record<string, Entry> | undefined} */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** @param {Entry} entry */
function isNeededHere({ optional, os, cpu, libc }) {
  // What is optional and names no platform hangs below something of another platform (the WebAssembly fall-backs).
  if (optional && !os && !cpu) return false
  return matches(os, process.platform) && matches(cpu, process.arch) && (!libc || matches(libc, cLibrary()))
}

/** npm's rule: a name, a list of names, or names that are excluded by `!`. @param {string | string[] | undefined} rule @param {string} value */
function matches(rule, value) {
  if (!rule) return true
  const names = [rule].flat()
  if (names.includes(`!${value}`)) return false
  return names.includes(value) || names.every((name) => name.startsWith('!'))
}

function cLibrary() {
  const { header } = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport())
  return header.glibcVersionRuntime ? 'glibc' : 'musl'
}
