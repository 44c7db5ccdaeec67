import { fileURLToPath } from 'node:url'
import { exitCodes } from './failure.ts'
import type { Outside } from './outside.ts'
import { run } from './program.ts'

/** The only place with environment, time, chance and the process itself: reads them, and hands them on as arguments. */
const outside: Outside = {
  environment: process.env,
  cwd: process.cwd(),
  root: fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, ''),
  nodeVersion: process.versions.node,
  clock: { nowMs: () => Date.now(), monotonicMs: () => performance.now() },
  makeId: () => crypto.randomUUID(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  onInterrupt(listener) {
    process.on('SIGINT', listener)
    return () => void process.off('SIGINT', listener)
  },
}

// Whoever reads us may have seen enough (`redpill models | head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed)
})

// Not exit(): what was printed into a pipe must get out first.
process.exitCode = await run(outside, process.argv.slice(2))
