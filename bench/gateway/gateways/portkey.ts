import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startChild } from '../child.ts'
import { processors } from '../machine.ts'
import { cacheDirectory } from '../native.ts'
import { freePort, untilReady } from './ready.ts'
import { httpRequest, upstreamKey } from './request.ts'
import type { Gateway, GatewayOptions } from './types.ts'

const version = '1.15.2'
/**
 * With the newest server library that its own range allows, it answers 500 to every stream ("headers" are immutable);
 * this is the last one with which streams work.
 */
const pins = { '@hono/node-server': '1.13.8', '@hono/node-ws': '1.3.1', hono: '4.13.19' }

/** Portkey's open gateway on the Node.js that runs this, without keys, billing or a database. */
export async function startPortkey({ upstreamPort, folder }: GatewayOptions): Promise<Gateway> {
  const root = install()
  const port = await freePort()
  const logFile = `${folder}/portkey.log`
  const child = startChild({
    command: process.execPath,
    args: [join(root, 'node_modules/@portkey-ai/gateway/build/start-server.js'), '--headless', `--port=${port}`],
    processor: processors.gateway,
    logFile,
    cwd: root,
    env: { NODE_ENV: 'production' },
  })
  await untilReady(`http://127.0.0.1:${port}/`, logFile)
  const headers = {
    'x-portkey-provider': 'openai',
    'x-portkey-custom-host': `http://127.0.0.1:${upstreamPort}/v1`,
  }
  return {
    name: 'portkey',
    version: `${version} (${Object.entries(pins)
      .map((pin) => pin.join(' '))
      .join(', ')})`,
    port,
    request: (answer) => httpRequest({ port, model: answer, answer, key: upstreamKey, headers }),
    ...child,
  }
}

/** Installs it beside the project, never into it: it is compared with, not depended on. */
function install(): string {
  const root = join(cacheDirectory, `portkey-${version}`)
  if (existsSync(join(root, 'installed'))) return root
  mkdirSync(root, { recursive: true })
  const manifest = { private: true, dependencies: { '@portkey-ai/gateway': version }, overrides: pins }
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
  })
  writeFileSync(join(root, 'installed'), '')
  return root
}
