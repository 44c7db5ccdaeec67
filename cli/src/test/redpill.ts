import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { atEnd, type Scope } from '../../../server/test/support/scope.ts'

export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[/\\]$/, '')
const program: readonly string[] = [process.execPath, join(root, 'cli', 'src', 'main.ts')]

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly cwd?: string
}

/** Runs the real command line to its end. */
export async function redpill(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const running = start([...program, ...args], options)
  running.child.stdin.end(options.stdin ?? '')
  return running.ended
}

export type Running = {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ran>
  /** What came until now. */
  readonly output: { readonly stdout: string; readonly stderr: string }
  /** Waits until standard output has this text, so many times. */
  readonly printed: (text: string, times?: number) => Promise<void>
}

/** Starts the command line; whatever it still does at the end of the scope is ended. */
export const startRedpill = (scope: Scope, args: readonly string[], options: RunOptions = {}): Running =>
  endedWith(scope, start([...program, ...args], options))

function endedWith(scope: Scope, running: Running): Running {
  atEnd(scope, () => running.child.kill())
  return running
}

const script = '/usr/bin/script'

/** Why a terminal cannot be had here: that of util-linux makes one. */
export const noTerminal = process.platform === 'linux' && existsSync(script) ? false : 'needs script of util-linux'

/** Runs the command line on a terminal of its own: standard error comes with standard output, as it does there. */
export function startOnTerminal(scope: Scope, args: string, options: RunOptions): Running {
  const command = [script, '-qec', `${program.join(' ')} ${args}`, '/dev/null']
  return endedWith(scope, start(command, { ...options, environment: { TERM: 'xterm', ...options.environment } }))
}

/** Starts a command and listens; the environment is the given one alone, and what the launcher sets. */
export function start([command = '', ...args]: readonly string[], { environment, cwd = root }: RunOptions): Running {
  const env = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: join(root, '.cache', 'compile'), ...environment }
  const child = spawn(command, args, { cwd, env })
  const output = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  const hear = (name: keyof typeof output) => (chunk: Buffer) => {
    output[name] += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout.on('data', hear('stdout'))
  child.stderr.on('data', hear('stderr'))
  // A program that ends without reading its input is no fault of the test.
  child.stdin.on('error', () => {})
  const ended = once(child, 'close').then(([code]): Ran => ({ code: (code as number | null) ?? -1, ...output }))
  const printed = (text: string, times = 1) =>
    Promise.race([
      new Promise<void>((resolve) => {
        const look = () => {
          if (output.stdout.split(text).length <= times) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
      ended.then(() => {
        if (output.stdout.split(text).length > times) return
        throw new Error(`it ended without printing '${text}':\n${output.stdout}\n${output.stderr}`)
      }),
    ])
  return { child, ended, output, printed }
}
