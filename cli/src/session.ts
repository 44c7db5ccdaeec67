import { join } from 'node:path'
import type { Command } from 'commander'
import { type Client, openClient } from './client.ts'
import { type Connection, findConnection, type Key } from './connection.ts'
import { Failure } from './failure.ts'
import type { Outside } from './outside.ts'
import { openTerminal, type Terminal } from './terminal.ts'

/** Which key a command speaks with: `any` prefers the management key, `none` needs no key. */
export type Use = 'inference' | 'management' | 'any' | 'none'

/** What a command works with. */
export type Session = {
  readonly outside: Outside
  readonly terminal: Terminal
  /** Whether a program reads the answer. */
  readonly json: boolean
  readonly connection: Connection
  readonly client: (use: Use) => Client
}

/** Options that every command takes. */
export type GlobalOptions = { readonly url?: string; readonly key?: string; readonly json?: boolean }

export type OpenSession = (command: Command) => Promise<Session>

/** Adds a command to the program. */
export type AddCommand = (program: Command, open: OpenSession) => void

export async function openSession(outside: Outside, options: GlobalOptions): Promise<Session> {
  const connection = await findConnection(outside, options)
  const terminal = openTerminal(outside)
  const startHint = startHintOf(outside, connection)
  return {
    outside,
    terminal,
    json: options.json ?? false,
    connection,
    client: (use) => openClient({ connection, key: keyFor(use, connection, startHint), terminal, startHint }),
  }
}

function keyFor(use: Use, connection: Connection, startHint: string): Key | undefined {
  const { inferenceKey, managementKey, dataDirectory } = connection
  if (use === 'none') return undefined
  const key =
    use === 'inference' ? inferenceKey : use === 'management' ? managementKey : (managementKey ?? inferenceKey)
  if (key) return key
  const variable = use === 'inference' ? 'REDPILL_API_KEY' : 'REDPILL_OPERATOR_KEY'
  throw new Failure(
    `There is no key: give --key or ${variable}. The first start makes some, but there is no bootstrap.json in ` +
      `${dataDirectory} yet. ${startHint}, or name another data directory with REDPILL_DATA.`,
  )
}

/** How this very server is started - with this data, from this folder -, as the beginning of a sentence. */
function startHintOf({ cwd, root, environment }: Outside, { url, dataDirectory }: Connection): string {
  const { hostname } = new URL(url)
  if (!/^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)) return `Start it on ${hostname}`
  if (cwd === root) return 'Start it with: npm start'
  const isOfRoot = !environment['REDPILL_DATA'] && dataDirectory === join(root, '.redpill')
  return isOfRoot ? `Start it with: npm start --prefix ${root}` : `Start it with: ${join(root, 'redpill')} serve`
}
