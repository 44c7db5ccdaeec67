import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Connection } from '../connection.ts'
import { Failure, failureText, ServerDown } from '../failure.ts'
import type { Outside } from '../outside.ts'
import type { Session } from '../session.ts'
import { type Finding, findingsOf } from './finding.ts'

export type ServerSeen = { readonly isUp: boolean; readonly findings: readonly Finding[] }

/** Whether the server answers, its database behind it, and whether the clocks agree. */
export async function checkServer(session: Session): Promise<ServerSeen> {
  const { outside, connection } = session
  const { ok, fail } = findingsOf('server')
  const seen = await lookAt(session)
  if (seen.kind === 'down') {
    const down = fail(seen.why, seen.advice)
    return { isUp: false, findings: [down, await checkDatabaseAlone(outside, connection)] }
  }
  return {
    isUp: true,
    findings: [
      ok(`answers at ${connection.url} (address from ${connection.urlSource})`),
      seen.database,
      checkClock(seen.skewMs),
    ],
  }
}

type Seen =
  | { readonly kind: 'up'; readonly database: Finding; readonly skewMs: number | undefined }
  | { readonly kind: 'down'; readonly why: string; readonly advice: string }

const answerTimeoutMs = 10_000

async function lookAt({ outside, connection, client }: Session): Promise<Seen> {
  const { ok, fail } = findingsOf('database')
  const signal = AbortSignal.timeout(answerTimeoutMs)
  try {
    const beforeMs = outside.clock.nowMs()
    const response = await fetch(`${connection.url}/readyz`, { signal, redirect: 'manual' })
    const skewMs = skewOf(response.headers.get('date'), beforeMs, outside.clock.nowMs())
    const state = (await response.json()) as { ok?: unknown; why?: unknown }
    if (typeof state.ok !== 'boolean') throw new Error('not the answer of RedPill')
    const database = state.ok
      ? ok('answers; its schema was brought up to date when the server started')
      : fail(String(state.why), 'look into the log of the server, and of the database')
    return { kind: 'up', database, skewMs }
  } catch {
    // The client knows how to say what is wrong with an address.
    const failure = await client('none')
      .get('/healthz')
      .then(
        () => undefined,
        (error: unknown) => error,
      )
    if (!(failure instanceof Failure))
      return { kind: 'down', why: `${connection.url} answers, but not in time`, advice: 'look into its log' }
    const advice = failure instanceof ServerDown ? 'start it: npm start' : 'check --url and REDPILL_URL'
    return { kind: 'down', why: failureText(failure), advice }
  }
}

/** How far the other clock is ahead; within the second that a Date header leaves open, 0. */
export function skewOf(date: string | null, beforeMs: number, afterMs: number): number | undefined {
  const theirsMs = date === null ? Number.NaN : Date.parse(date)
  if (Number.isNaN(theirsMs)) return undefined
  // Theirs was read between our two readings, and then cut to its second.
  if (theirsMs + 1_000 < beforeMs) return theirsMs + 1_000 - beforeMs
  return theirsMs > afterMs ? theirsMs - afterMs : 0
}

const skewMsMax = 2_000

function checkClock(skewMs: number | undefined): Finding {
  const { ok, warn, skip } = findingsOf('clock')
  if (skewMs === undefined) return skip('the server told no time')
  if (Math.abs(skewMs) <= skewMsMax) return ok('the server has the same time')
  const words = `the server is ${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`
  return warn(words, 'let both follow a time server (NTP): limits, expiries and prices depend on the time')
}

/** What can be seen of the database while the server does not run. */
async function checkDatabaseAlone({ environment }: Outside, { dataDirectory }: Connection): Promise<Finding> {
  const { ok, fail, skip } = findingsOf('database')
  const url = environment['REDPILL_DATABASE_URL']
  if (url) {
    const target = targetOf(url)
    if (!target)
      return fail('REDPILL_DATABASE_URL is not an address', 'it is like postgres://user:password@host/database')
    const why = await whyUnreachable(target)
    if (why !== undefined)
      return fail(`nothing answers at ${target.host}:${target.port} (${why})`, 'start PostgreSQL there')
    return ok(`${target.host}:${target.port} accepts connections; the rest is seen when the server runs`)
  }
  const cluster = join(dataDirectory, 'postgres', 'cluster')
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined)
  if (version === undefined) return skip('none yet: the first start makes one')
  return ok(`PostgreSQL ${version.trim()} in ${cluster}; it starts and is brought up to date with the server`)
}

type Target = { readonly host: string; readonly port: number }

function targetOf(text: string): Target | undefined {
  if (!URL.canParse(text)) return undefined
  const { hostname, port } = new URL(text)
  return { host: hostname === '' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, ''), port: Number(port || 5432) }
}

const connectTimeoutMs = 5_000

/** `undefined`: somebody accepts connections there. */
function whyUnreachable({ host, port }: Target): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: connectTimeoutMs })
    const end = (why?: string) => {
      socket.destroy()
      resolve(why)
    }
    socket.once('connect', () => end())
    socket.once('timeout', () => end('no answer'))
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message))
  })
}
