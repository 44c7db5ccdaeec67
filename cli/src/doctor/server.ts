import { Failure, failureText, ServerDown } from '../failure.ts'
import type { Session } from '../session.ts'
import { checkClock } from './clock.ts'
import { type Finding, findingsOf } from './finding.ts'

export type ServerSeen = { readonly isUp: boolean; readonly findings: readonly Finding[] }

const answerTimeoutMs = 10_000

/** Whether the server answers, its database behind it, and whether its clock is ours. */
export async function checkServer(session: Session): Promise<ServerSeen> {
  const endProgress = session.terminal.startProgress('asking the server')
  try {
    return { isUp: true, findings: await ask(session) }
  } catch {
    return { isUp: false, findings: [await explain(session)] }
  } finally {
    endProgress()
  }
}

/** Not through the client: a server that is not ready is an answer here, and its headers count. */
async function ask({ outside, connection }: Session): Promise<Finding[]> {
  const server = findingsOf('server')
  const database = findingsOf('database')
  const beforeMs = outside.clock.nowMs()
  const signal = AbortSignal.timeout(answerTimeoutMs)
  const response = await fetch(`${connection.url}/readyz`, { signal, redirect: 'manual' })
  const afterMs = outside.clock.nowMs()
  const state = (await response.json()) as { ok?: unknown; why?: unknown }
  if (typeof state.ok !== 'boolean') throw new Error('this is not the answer of RedPill')
  const theirsMs = Date.parse(response.headers.get('date') ?? '')
  return [
    server.ok(`answers at ${connection.url} (address from ${connection.urlSource})`),
    state.ok
      ? database.ok('answers the server')
      : database.fail(String(state.why), 'look into the log of the server, and of the database'),
    Number.isNaN(theirsMs)
      ? findingsOf('clock').skip('the server told no time')
      : checkClock('clock', 'the server', { theirsMs, resolutionMs: 1_000, beforeMs, afterMs }),
  ]
}

/** The client knows how to say what is wrong with an address. */
async function explain({ connection, client }: Session): Promise<Finding> {
  const { fail } = findingsOf('server')
  try {
    await client('none').get('/healthz')
    return fail(`${connection.url} answers, but not whether it is ready`, 'look into its log')
  } catch (error) {
    if (error instanceof ServerDown) return fail(error.what, error.advice)
    if (error instanceof Failure) return fail(failureText(error), 'check --url and REDPILL_URL')
    throw error
  }
}
