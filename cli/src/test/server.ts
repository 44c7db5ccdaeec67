import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { atEnd, type Scope } from '../../../server/test/support/scope.ts'
import { temporaryFolder } from '../../../server/test/support/scratch.ts'
import { root, start } from './redpill.ts'

export type TestServer = {
  readonly url: string
  readonly dataDirectory: string
  readonly operatorKey: string
  readonly demoKey: string
}

/** The real server with a data directory of its own, on any free port; stopped at the end. */
export async function startServer(
  scope: Scope,
  environment: Readonly<Record<string, string>> = {},
): Promise<TestServer> {
  const dataDirectory = join(await temporaryFolder(scope), 'data')
  const settings = { REDPILL_DATA: dataDirectory, REDPILL_PORT: '0', REDPILL_DISCOVER: 'off' }
  const command = [process.execPath, join(root, 'server', 'src', 'main.ts')]
  const server = start(command, { environment: { ...settings, ...environment } })
  atEnd(scope, async () => {
    server.child.kill('SIGTERM')
    await server.ended
  })
  await server.printed('RedPill answers at')
  const bootstrap = JSON.parse(await readFile(join(dataDirectory, 'bootstrap.json'), 'utf8')) as TestServer
  const { url, operatorKey, demoKey } = bootstrap
  return { url, dataDirectory, operatorKey, demoKey }
}
