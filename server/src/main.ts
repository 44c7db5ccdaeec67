import { randomBytes } from 'node:crypto'
import { idSource } from './core/ids.ts'
import { drawAhead } from './core/chance.ts'
import type { Clock } from './core/clock.ts'
import { AppError } from './core/errors.ts'
import { readConfig, type Config } from './platform/config.ts'
import { gatherLines, openLog, type Log } from './platform/log.ts'
import { isGone, pidSpace, runGateway, runServer, type Outside, type Running } from './process/index.ts'

/** The only place with environment, time, chance and the process itself: reads them, and hands them on as arguments. */
const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
const chance = drawAhead(randomBytes)

/** Variables of ours that are not the server's: for its tests and its command line. */
const foreignVariables = [
  'REDPILL_TEST_DATABASE_URL',
  'REDPILL_TEST_OPENAI_SPEC',
  'REDPILL_URL',
  'REDPILL_API_KEY',
  'REDPILL_OPERATOR_KEY',
]

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
    host: pidSpace(chance),
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
  // Whoever reads the log may go first (`npm start | tee log`, and a Ctrl-C for both): calls and database still end well.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  process.on('unhandledRejection', (reason) => log.error('a promise was forgotten', { error: textOf(reason) }))
  const start = process.argv[2] === 'gateway' ? runGateway : runServer
  await stopOnSignals(start(outside), log)
}

/** A person's second Ctrl-C comes later than this; sooner, it is the first one, told twice (by npm, by a process group). */
const sameWordMs = 1_000

/** The first signal drains, however early it comes; a second Ctrl-C ends at once. */
async function stopOnSignals(starting: Promise<Running>, log: Log): Promise<void> {
  let askedAtMs: number | undefined
  const stop = (why: string) => {
    if (askedAtMs !== undefined) {
      if (why === 'SIGINT' && clock.monotonicMs() - askedAtMs > sameWordMs) process.exit(130)
      return
    }
    askedAtMs = clock.monotonicMs()
    starting
      .then((running) => {
        log.info('stopping', { why, calls: running.callsOpen() })
        return running.stop()
      })
      .then(
        () => process.exit(0),
        (error: unknown) => {
          log.error('stop failed', { error: textOf(error) })
          process.exit(1)
        },
      )
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal))
  if (process.send) {
    process.on('message', (message: { kind?: string }) => message.kind === 'stop' && stop('supervisor'))
    process.on('disconnect', () => stop('supervisor gone'))
  }
  await starting
}

function openProcessLog({ log }: Config): Log {
  const pretty = log.format === 'pretty' || (log.format === 'auto' && process.stdout.isTTY)
  const lines = gatherLines((text) => void process.stdout.write(text), setImmediate)
  process.on('exit', lines.flush)
  return openLog({
    write: lines.write,
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
