import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { atEnd, type Scope } from './scope.ts'

/** A real server in a process of its own, as `npm start` runs it. */
export type TestServer = {
  readonly url: string
  readonly operatorKey: string
  readonly demoKey: string
  readonly dataDir: string
  readonly process: ChildProcess
  /** What it has written so far. */
  readonly output: () => string
  /** Management calls with the operator's key unless another is given; throws on a status of 400 and above. */
  readonly manage: <Answer>(method: string, path: string, body?: object) => Promise<Answer>
  /** SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>
  readonly kill: () => Promise<void>
}

export type ServerOptions = {
  /** A database of the test; the embedded one of the data directory where absent. */
  readonly databaseUrl?: string
  readonly dataDir?: string
  readonly environment?: Readonly<Record<string, string>>
}

const entry = new URL('../../src/main.ts', import.meta.url).pathname
/** Servers that fail exit, which is seen at once: this is only for those that hang, not for machines that are busy. */
const startTimeoutMs = 180_000

/** Starts a server and waits until it answers; it is stopped at the end of the scope. */
export async function startServer(scope: Scope, options: ServerOptions = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'redpill-server-')))
  const child = spawn(process.execPath, ['--min-semi-space-size=32', '--max-semi-space-size=64', entry], {
    env: {
      PATH: process.env['PATH'],
      REDPILL_PORT: '0',
      REDPILL_DATA: dataDir,
      REDPILL_DISCOVER: 'off',
      REDPILL_LOG_FORMAT: 'json',
      ...(options.databaseUrl !== undefined && { REDPILL_DATABASE_URL: options.databaseUrl }),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(child, 'exit') as Promise<[number | null]>
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    const [code] = await exited
    return code
  }
  atEnd(scope, async () => {
    await stop()
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  })
  const url = await greeted(child, () => output)
  const bootstrap = JSON.parse(await readFile(join(dataDir, 'bootstrap.json'), 'utf8')) as Record<string, string>
  const operatorKey = bootstrap['operatorKey']!
  return {
    url,
    operatorKey,
    demoKey: bootstrap['demoKey']!,
    dataDir,
    process: child,
    output: () => output,
    manage: (method, path, body) => manage(url, operatorKey, method, path, body),
    stop,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function greeted(child: ChildProcess, output: () => string): Promise<string> {
  const deadline = performance.now() + startTimeoutMs
  for (;;) {
    const url = /RedPill answers at (http:\S+?)\/v1/.exec(output())?.[1]
    if (url !== undefined) return url
    if (child.exitCode !== null || performance.now() > deadline)
      throw new Error(`the server did not start:\n${output()}`)
    await sleep(10)
  }
}

/** One management call. */
async function manage<Answer>(url: string, key: string, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text) as Answer
}
