/**
 * The gate: types, lint, format, dead code, then the console's build and every test. Runs under the pinned Node.js.
 *
 *   npm run check              the static checks only
 *   npm test                   everything; the last lines are node:test's summary
 *   npm test -- server/src/core --test-name-pattern=uuid
 *                              only tests whose path contains one of the words; options go to node:test
 */
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { buildConsole } from './console/build.js'
import { root } from './setup.js'

const bin = (/** @type {string} */ path) => join(root, 'node_modules', path)

/** @type {[name: string, args: string[]][]} */
const checks = [
  ['api types', [join(root, 'console', 'tools', 'api-types.ts')]],
  ['types', [bin('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['console', [bin('typescript/bin/tsc'), '-p', 'console/tsconfig.json']],
  ['lint', [bin('oxlint/bin/oxlint')]],
  ['format', [bin('oxfmt/bin/oxfmt'), '--check', '.']],
  ['dead code', [bin('knip/bin/knip.js')]],
]

const testFiles = [
  'server/src/**/*.test.ts',
  'server/test/**/*.test.ts',
  'cli/**/*.test.ts',
  'console/**/*.test.ts',
  'bench/**/*.test.ts',
  'contracts/**/*.test.ts',
  'dev/**/*.test.ts',
  'scripts/**/*.test.js',
]
// A file is a process with a database of its own and mostly waits for it: one more than the two cores keeps them busy.
const testConcurrency = 3
// Bounds a test that hangs; the slowest ones (rounds of kills) take about a minute on two cores.
const testTimeoutMs = 600_000

const args = process.argv.slice(2)
const isCheckOnly = args.includes('--check')
const words = args.filter((arg) => !arg.startsWith('-'))
const options = args.filter((arg) => arg.startsWith('-') && arg !== '--check')

let failures = 0
if (words.length + options.length === 0) {
  for (const [name, command] of checks) if (!(await check(name, command))) failures++
  if (failures > 0) process.stdout.write(`\n${failures} of ${checks.length} checks failed (above).\n`)
}
if (!isCheckOnly && !((await build()) && (await test()))) failures++
process.exitCode = failures === 0 ? 0 : 1

/** Runs one check; its output is shown only when it fails. @param {string} name @param {string[]} command */
async function check(name, command) {
  const startMs = performance.now()
  const { code, output } = await run(command, 'pipe')
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  process.stdout.write(
    `${code === 0 ? '✔' : '✖'} ${name.padEnd(10)} ${seconds.padStart(5)} s\n${code === 0 ? '' : `${output}\n`}`,
  )
  return code === 0
}

/** Whole-server tests open the console as it is now. */
async function build() {
  try {
    await buildConsole(process.execPath)
    return true
  } catch (error) {
    process.stdout.write(`✖ console\n${/** @type {Error} */ (error).message}\n`)
    return false
  }
}

async function test() {
  const files = globSync(testFiles, { cwd: root, exclude: ['**/node_modules/**'] })
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .toSorted()
  if (files.length === 0) {
    process.stderr.write(`No test file has ${words.join(' or ') || 'a name ending in .test.ts'} in its path.\n`)
    return false
  }
  const flags = [
    '--test',
    '--test-reporter=spec',
    `--test-concurrency=${testConcurrency}`,
    `--test-timeout=${testTimeoutMs}`,
  ]
  // Hundreds of processes load the same modules: what the first one compiled the others need not.
  process.env['NODE_COMPILE_CACHE'] ??= join(root, '.cache', 'compile')
  const { code } = await run([...flags, ...options, ...files], 'inherit')
  // The database that the tests shared would go by itself some seconds later; nothing is left running when we return.
  await run([join(root, 'server', 'test', 'support', 'stop-test-database.ts')], 'pipe')
  return code === 0
}

/**
 * @param {string[]} command @param {'pipe' | 'inherit'} output
 * @returns {Promise<{ code: number, output: string }>}
 */
function run(command, output) {
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env
  const child = spawn(process.execPath, command, { cwd: root, env, stdio: ['ignore', output, output] })
  const stop = () => child.kill('SIGTERM')
  process.once('SIGTERM', stop)
  let text = ''
  child.stdout?.on('data', (chunk) => (text += chunk))
  child.stderr?.on('data', (chunk) => (text += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('SIGTERM', stop)
      resolve({ code: signal ? 128 + constants.signals[signal] : (code ?? 1), output: text })
    })
  })
}
