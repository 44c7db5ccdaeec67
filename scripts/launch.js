import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { buildConsole } from './console/build.js'
import { explainAndExit } from './setup/error.js'
import { root, setup } from './setup.js'

/**
 * How the gateway is started. A large young generation keeps the objects of a request out of the old one, and
 * collections rare; the machine's own certificates are trusted beside those inside Node.js, as a company's proxy or inner provider needs.
 */
const serverCommand = [
  '--min-semi-space-size=32',
  '--max-semi-space-size=64',
  '--use-system-ca',
  join(root, 'server', 'src', 'main.ts'),
]

/**
 * Not below npm: it hands on a Ctrl-C that the terminal gave to all of us already, and a server that hears it twice
 * takes it for a person in a hurry.
 */
const canBecome = () =>
  process.execve !== undefined && process.platform !== 'win32' && process.env['npm_lifecycle_event'] === undefined

/** Becomes the gateway, with a console that is built anew when its sources changed. @param {string[]} args */
export async function launchServer(args) {
  const node = await setup().catch(explainAndExit)
  if (process.env['REDPILL_CONSOLE'] !== 'off') await buildConsole(node).catch(explainAndGoOn)
  become(node, [...serverCommand, ...args])
}

/** The gateway matters more than its pages. @param {unknown} error */
function explainAndGoOn(error) {
  const why = error instanceof Error ? error.message : String(error)
  process.stderr.write(`The console could not be built; the gateway starts without it.\n${why}\n`)
}

/** Becomes the pinned Node.js with `args`. @param {string[]} args */
export async function launch(args) {
  become(await setup().catch(explainAndExit), args)
}

/**
 * The same process where that can be (Node 22.15 and newer, no npm above it), else a child that has this one's terminal,
 * gets its signals and gives it its exit code.
 * @param {string} node @param {string[]} args
 */
function become(node, args) {
  const env = { ...process.env, PATH: dirname(node) + delimiter + (process.env.PATH ?? '') }
  if (canBecome()) process.execve?.(node, [node, ...args], env)
  const child = spawn(node, args, { stdio: 'inherit', env })
  // What a terminal sends (Ctrl-C, hang-up) reaches the child by itself; forwarding it would make it two.
  const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGINT', () => hasTerminal || child.kill('SIGINT'))
  process.on('SIGHUP', () => hasTerminal || child.kill('SIGHUP'))
  child.once('error', explainAndExit)
  child.once('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)))
}
