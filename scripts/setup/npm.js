import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, realpathSync, statfsSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { SetupError } from './error.js'
import { missingPackages } from './installed.js'

const options = [
  '--ignore-scripts',
  // Also where NODE_ENV or a configuration of npm says production: the gate and the platform's binaries are needed.
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  // At this level npm tells why a package could not be had, even an optional one, which it then leaves out.
  '--loglevel=http',
  // Three tries within about 15 seconds; npm's own waits make a missing network a minute of silence.
  '--fetch-retries=2',
  '--fetch-retry-mintimeout=2000',
  '--fetch-retry-maxtimeout=10000',
]

const freeBytesMin = 1_000 * 1024 ** 2

/**
 * Installs exactly what a lock file says, without running any package's scripts.
 * @param {{ node: string, folder: string, cacheFolder: string, onSpawn: (pid: number | undefined) => void }} options
 *   `node` runs npm: it decides which native packages an npm before 11 installs.
 */
export async function npmCi({ node, folder, cacheFolder, onSpawn }) {
  checkSpace(folder)
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
  const missing = code === 0 ? missingPackages(folder) : []
  if (missing.length > 0) text += `npm error left out ${missing.join(', ')}\n`
  if (code !== 0 || missing.length > 0) throw new SetupError(explain(text, folder))
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

/** Found out at the start, since a full disk shows itself in many ways. @param {string} folder */
function checkSpace(folder) {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < freeBytesMin) throw new SetupError(explain('npm error code ENOSPC', folder))
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
  [/ENOSPC/, 'The disk is full. RedPill needs about 1 GB for Node.js and its dependencies: make room, start again.'],
  [/EROFS|EACCES|EPERM/, 'A file cannot be written. Run as the owner of this folder, or clone it where you may write.'],
  [
    /CERT|UNABLE_TO_(GET|VERIFY)/,
    "The package registry's certificate is not trusted here. Name your company's certificates in NODE_EXTRA_CA_CERTS.",
  ],
  [/EINTEGRITY/, 'A package is not the one that the lock file names. Run `npm cache clean --force`, start again.'],
  [/EUSAGE/, 'package.json and package-lock.json disagree. Check out both from the same commit.'],
  [
    /E401|E403|E404|ETARGET/,
    'The package registry does not serve a package that the lock file names. Check `npm config get registry`.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|network|Exit handler never called/i,
    'The package registry cannot be reached. The first start needs a network (behind a proxy: `npm config set proxy`); later ones do not.',
  ],
  [/left out/, 'npm left packages out without saying why. Update it (`npm install --global npm`) and start again.'],
]

/** @param {string} text what npm said @param {string} folder */
function explain(text, folder) {
  const lines = text.split('\n').filter((line) => /^npm (error|ERR!)|failed with/.test(line))
  const said = (lines.length > 0 ? lines : text.trim().split('\n')).slice(-12).join('\n')
  const reason = reasons.find(([pattern]) => pattern.test(said))?.[1] ?? 'npm failed.'
  return `${reason}\nWhat npm said in ${folder}:\n${said}`
}
