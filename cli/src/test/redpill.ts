import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/[/\\]$/, '')
export const program: readonly string[] = [process.execPath, join(root, 'cli', 'src', 'main.ts')]

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly cwd?: string
}

/** Runs the real command line to its end. */
export async function redpill(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const running = startRedpill(args, options)
  running.child.stdin.end(options.stdin ?? '')
  return running.ended
}

export type Running = {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ran>
  /** What came until now. */
  readonly output: { readonly stdout: string; readonly stderr: string }
  /** Waits until standard output has this text. */
  readonly printed: (text: string, times?: number) => Promise<void>
}

export const startRedpill = (args: readonly string[], options: RunOptions = {}): Running =>
  start([...program, ...args], options)

const script = '/usr/bin/script'

/** Why a terminal cannot be had here: that of util-linux makes one. */
export const noTerminal = process.platform === 'linux' && existsSync(script) ? false : 'needs script of util-linux'

/** Runs the command line on a terminal of its own: standard error comes with standard output, as it does there. */
export const startOnTerminal = (args: string, options: RunOptions): Running =>
  start([script, '-qec', `${program.join(' ')} ${args}`, '/dev/null'], {
    ...options,
    environment: { TERM: 'xterm', ...options.environment },
  })

/** Starts a command and listens; the environment is the given one alone. */
export function start([command = '', ...args]: readonly string[], { environment, cwd = root }: RunOptions): Running {
  const child = spawn(command, args, { cwd, env: { PATH: process.env['PATH'], ...environment } })
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
