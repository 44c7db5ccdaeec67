import { readdir, readFile } from 'node:fs/promises'
import { connect, type NetConnectOpts } from 'node:net'
import { join } from 'node:path'
import type { Data, Database } from '../answers.ts'
import type { Connection } from '../connection.ts'
import type { Outside } from '../outside.ts'
import type { Session } from '../session.ts'
import { checkClock } from './clock.ts'
import { type Finding, findingsOf } from './finding.ts'

/** What the server tells of its database: version, whether its schema is that of these files, and its clock. */
export async function checkSchema({ outside, client }: Session): Promise<Finding[]> {
  const { ok, warn } = findingsOf('schema')
  const beforeMs = outside.clock.nowMs()
  const { data } = await client('management').get<Data<Database>>('/api/v1/database')
  const told = { theirsMs: Date.parse(data.time), resolutionMs: 1, beforeMs, afterMs: outside.clock.nowMs() }
  const newest = await newestMigration(outside)
  const words = `PostgreSQL ${data.version}, schema ${data.schema}`
  const advice = data.schema < newest ? 'restart the server: it brings the schema up to date' : 'update these files'
  return [
    data.schema === newest ? ok(`${words}: up to date`) : warn(`${words}; here the newest is ${newest}`, advice),
    checkClock('database clock', 'the database', told),
  ]
}

async function newestMigration({ root }: Outside): Promise<string> {
  const files = await readdir(join(root, 'server', 'migrations'))
  const names = files.filter((file) => file.endsWith('.sql')).map((file) => file.replace(/\.sql$/, ''))
  return names.toSorted().at(-1) ?? ''
}

/** What can be seen of the database while the server does not run. */
export async function checkDatabaseAlone({ environment }: Outside, { dataDirectory }: Connection): Promise<Finding> {
  const { ok, skip } = findingsOf('database')
  const url = environment['REDPILL_DATABASE_URL']
  if (url) return checkDatabaseUrl(url)
  const cluster = join(dataDirectory, 'postgres', 'cluster')
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) return skip('none yet: the first start makes one')
  return ok(`PostgreSQL ${version.trim()} in ${cluster}; it starts with the server, and the rest is seen then`)
}

async function checkDatabaseUrl(url: string): Promise<Finding> {
  const { ok, fail } = findingsOf('database')
  const place = placeOf(url)
  if (!place) return fail('REDPILL_DATABASE_URL is not an address', 'it is like postgres://user:password@host/database')
  const why = await whyUnreachable(place.target)
  if (why !== undefined) return fail(`nothing answers at ${place.name} (${why})`, 'start PostgreSQL there')
  return ok(`${place.name} accepts connections; the rest is seen when the server runs`)
}

type Place = { readonly name: string; readonly target: NetConnectOpts }

/** Where a PostgreSQL URL leads: a host, or the folder of a socket. */
function placeOf(text: string): Place | undefined {
  if (!URL.canParse(text)) return undefined
  const { hostname, port, searchParams } = new URL(text)
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  const number = Number(port || 5432)
  if (host.startsWith('/')) {
    const path = join(host, `.s.PGSQL.${number}`)
    return { name: path, target: { path } }
  }
  const bare = host === '' ? '127.0.0.1' : host.replaceAll(/^\[|\]$/g, '')
  return { name: `${bare}:${number}`, target: { host: bare, port: number } }
}

const connectTimeoutMs = 5_000

/** `undefined`: somebody accepts connections there. */
function whyUnreachable(target: NetConnectOpts): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ ...target, timeout: connectTimeoutMs })
    const end = (why?: string) => {
      socket.destroy()
      resolve(why)
    }
    socket.once('connect', () => end())
    socket.once('timeout', () => end('no answer'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
