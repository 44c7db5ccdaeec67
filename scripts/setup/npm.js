import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { SetupError } from './error.js'

const options = [
  '--ignore-scripts',
  // Also where NODE_ENV or a configuration of npm says production: the gate and the platform's binaries are needed.
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  // Three tries within about 15 seconds; npm's own waits make a missing network a minute of silence.
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=2000',
  '--fetch-retry-maxtimeout=10000',
]

/**
 * Installs exactly what a lock file says, without running any package's scripts.
 * @param {{ node: string, folder: string, cacheFolder: string, onSpawn: (pid: number | undefined) => void }} options
 *   `node` runs npm: it decides which native packages an npm before 11 installs.
 */
export async function npmCi({ node, folder, cacheFolder, onSpawn }) {
  const args = [...systemCertificates(node), findNpm(), 'ci', ...options]
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: dirname(node) + delimiter + (process.env.PATH ?? '') }
  if (!isWritable(homedir())) env['npm_config_cache'] = cacheFolder
  const child = spawn(node, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  onSpawn(child.pid)
  const stop = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal)
  process.once('SIGINT', stop).once('SIGTERM', stop)
  let text = ''
  child.stderr.on('data', (chunk) => (text += chunk))
  /** @type {{ code: number | null, signal: string | null }} */
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (exitCode, by) => resolve({ code: exitCode, signal: by }))
  })
  process.off('SIGINT', stop).off('SIGTERM', stop)
  if (signal) throw new SetupError(`Set-up was stopped (${signal}); the next start begins it anew.`)
  if (code !== 0) throw new SetupError(explain(text, folder))
}

/**
 * The certificates that this machine trusts, such as a company's, and not only those inside Node.js.
 * The running Node may be too old for the option; the pinned one is not. @param {string} node
 */
function systemCertificates(node) {
  const isKnown = node !== process.execPath || process.allowedNodeEnvironmentFlags.has('--use-system-ca')
  return isKnown ? ['--use-system-ca'] : []
}

/** npm's own program file, whichever way npm was installed. @returns {string} */
function findNpm() {
  const bin = dirname(process.execPath)
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'npm'))
  const candidates = [
    process.env.npm_execpath ?? '',
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...onPath.filter((path) => existsSync(path)).map((path) => realpathSync(path)),
  ]
  const found = candidates.find((path) => path.endsWith('npm-cli.js') && existsSync(path))
  if (found) return found
  // A shim (asdf, volta): ask it where the real one is.
  const globalFolder = spawnSync('npm', ['root', '-g'], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  }).stdout
  const behindShim = join((globalFolder ?? '').trim(), 'npm', 'bin', 'npm-cli.js')
  if (existsSync(behindShim)) return behindShim
  throw new SetupError('npm was not found. It comes with Node.js: install Node.js 20 or newer together with npm.')
}

/** @param {string} folder */
function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** @type {[RegExp, string][]} */
const reasons = [
  [/ENOSPC/, 'The disk is full. RedPill needs about 1 GB for Node.js and its dependencies: make room and start again.'],
  [
    /EROFS|EACCES|EPERM/,
    'A file or folder cannot be written. Run as the owner of this folder, or clone it where you may write.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|Exit handler never called|network/i,
    'The package registry cannot be reached. The first start needs a network (or `npm config set proxy` / `registry` for yours); later ones do not.',
  ],
  [
    /EINTEGRITY/,
    'A downloaded package is not the one that the lock file names. Run `npm cache clean --force` and start again.',
  ],
  [/EUSAGE/, 'package.json and package-lock.json disagree. Check out both from the same commit.'],
  [
    /E401|E403|E404|ETARGET/,
    'The package registry does not serve a package that the lock file names. Check `npm config get registry`.',
  ],
]

/** @param {string} text what npm said @param {string} folder */
function explain(text, folder) {
  const reason = reasons.find(([pattern]) => pattern.test(text))?.[1] ?? 'npm failed.'
  return `${reason}\nWhat npm said in ${folder}:\n${text.trim().split('\n').slice(0, 12).join('\n')}`
}
