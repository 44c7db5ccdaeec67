import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { idSource } from './core/ids.ts'
import type { Chance, Clock } from './core/clock.ts'
import { AppError } from './core/errors.ts'
import { readConfig, type Config } from './platform/config.ts'
import { openLog, type Log } from './platform/log.ts'
import { runGateway, runServer, type Outside, type Running } from './process/index.ts'

/** The only place with environment, time, chance and the process itself: reads them, and hands them on as arguments. */
const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
const chance: Chance = { bytes: (length) => randomBytes(length) }

/** Variables of ours that are not the server's: for its tests and its command line. */
const foreignVariables = ['REDPILL_TEST_DATABASE_URL', 'REDPILL_URL', 'REDPILL_API_KEY', 'REDPILL_OPERATOR_KEY']

async function main(): Promise<void> {
  const read = readConfig(process.env, foreignVariables)
  if (read.kind === 'invalid') {
    process.stderr.write(
      `RedPill cannot start with these settings:\n${read.problems.map((problem) => `  ${problem}\n`).join('')}`,
    )
    process.exit(2)
  }
  const { config } = read
  const log = openProcessLog(config)
  const outside: Outside = {
    config,
    log,
    clock,
    chance,
    makeId: idSource(clock, chance),
    environment: process.env,
    host: pidSpace(),
    isGone,
    pid: process.pid,
    entry: import.meta.filename,
    show: (text) => void process.stdout.write(text),
    parent: process.send
      ? {
          send: (message) => void process.send?.(message),
          onMessage: (listener) => void process.on('message', (message) => listener(message as never)),
        }
      : undefined,
  }
  process.on('unhandledRejection', (reason) => log.error('a promise was forgotten', { error: textOf(reason) }))
  const start = process.argv[2] === 'gateway' ? runGateway : runServer
  stopOnSignals(await start(outside), log)
}

/**
 * Names the space in which process numbers mean something: this boot of this machine, and this container. Names of hosts
 * are no proof: two machines may both be called localhost. Where it cannot be told, a name that nobody shares.
 */
function pidSpace(): string {
  try {
    return `${hostname()} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`
  } catch {
    return `${hostname()} ${randomBytes(8).toString('hex')}`
  }
}

/** Whether no process of that number runs on this machine; one that we may not signal runs. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

/** The first signal drains; a second one ends at once. */
function stopOnSignals(running: Running, log: Log): void {
  let stopping = false
  const stop = (why: string) => {
    if (stopping) {
      // A terminal's Ctrl-C and its supervisor's word may both come; only a person's second Ctrl-C means hurry.
      if (why === 'SIGINT') process.exit(130)
      return
    }
    stopping = true
    log.info('stopping', { why, calls: running.callsOpen() })
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('stop failed', { error: textOf(error) })
        process.exit(1)
      },
    )
  }
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGHUP', () => stop('SIGHUP'))
  if (process.send) {
    process.on('message', (message: { kind?: string }) => message.kind === 'stop' && stop('supervisor'))
    process.on('disconnect', () => stop('supervisor gone'))
  }
}

function openProcessLog({ log }: Config): Log {
  const pretty = log.format === 'pretty' || (log.format === 'auto' && process.stdout.isTTY)
  return openLog({
    write: (line) => void process.stdout.write(line),
    format: pretty ? 'pretty' : 'json',
    level: log.level,
    clock,
  })
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))

main().catch((error: unknown) => {
  process.stderr.write(`RedPill could not start: ${error instanceof AppError ? error.message : textOf(error)}\n`)
  process.exit(1)
})
