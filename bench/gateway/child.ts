import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { onProcessor } from './machine.ts'

export type Child = { readonly pid: number; readonly stop: () => Promise<void> }

export type ChildOptions = {
  readonly command: string
  readonly args: readonly string[]
  readonly processor: number
  /** Where its output goes. */
  readonly logFile: string
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const stopTimeoutMs = 60_000
const running = new Set<ChildProcess>()

// Whatever ends the benchmark, nothing that it started outlives it.
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** Starts a program bound to one processor. `stop` asks it to end and waits until it has. */
export function startChild({ command, args, processor, logFile, cwd, env }: ChildOptions): Child {
  const log = openSync(logFile, 'a')
  const child = spawn(...onProcessor(processor, command, args), {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  running.add(child)
  child.once('exit', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return { pid: child.pid!, stop: () => stop(child) }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  const kill = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  child.kill('SIGTERM')
  await ended
  clearTimeout(kill)
}
