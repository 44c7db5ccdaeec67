import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './redpill.ts'

/** A test, or whatever else can be told what to do at its end. */
export type Scope = { readonly after: (cleanUp: () => Promise<void>) => void }

export type TestServer = {
  readonly url: string
  readonly dataDirectory: string
  readonly operatorKey: string
  readonly demoKey: string
  /** Stops it as Ctrl-C would, and gives its exit code. */
  readonly stop: () => Promise<number>
}

/** A new folder below the system's temporary one, removed at the end. */
export async function temporaryFolder(scope: Scope): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'redpill-cli-'))
  scope.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** The real server with a data directory of its own, on any free port; stopped at the end. */
export async function startServer(
  scope: Scope,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const dataDirectory = join(await mkdtemp(join(tmpdir(), 'redpill-cli-')), 'data')
  const child = spawn(process.execPath, [join(root, 'server', 'src', 'main.ts')], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      REDPILL_DATA: dataDirectory,
      REDPILL_PORT: '0',
      REDPILL_DISCOVER: 'off',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  const stop = async (): Promise<number> => {
    child.kill('SIGINT')
    const [code] = (await exited) as [number | null]
    return code ?? 1
  }
  scope.after(async () => {
    await stop()
    await rm(join(dataDirectory, '..'), { recursive: true, force: true })
  })
  let output = ''
  const answers = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes('RedPill answers at')) resolve()
    })
  })
  child.stderr.on('data', (chunk: Buffer) => void (output += chunk.toString()))
  await Promise.race([
    answers,
    exited.then(() => {
      throw new Error(`the server ended at its start:\n${output}`)
    }),
  ])
  const bootstrap = JSON.parse(await readFile(join(dataDirectory, 'bootstrap.json'), 'utf8')) as TestServer
  const { url, operatorKey, demoKey } = bootstrap
  return { url, dataDirectory, operatorKey, demoKey, stop }
}
