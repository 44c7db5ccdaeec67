import type { MoneyCheck } from './gateways/redpill.ts'
import type { MemoryCourse, OpenStreams, Row, Rows } from './sections.ts'

export type Measured = {
  /** At 64 connections. */
  readonly calls: Rows
  /** At 256, where calls that wait for their commit do not leave the gateway idle. */
  readonly callsWide: Rows
  readonly streams: Rows
  readonly quiet: { readonly calls: Rows; readonly streams: Rows }
  readonly openStreams: Readonly<Record<string, OpenStreams>>
  readonly memory: MemoryCourse
  readonly money: readonly MoneyCheck[]
}

export type Goal = {
  readonly name: string
  readonly value: number
  readonly bound: string
  readonly met: boolean
}

/** No growth: memory of the last quarter of the calls within this of the second quarter's. */
const growthMost = 1.05

/** What this gateway has to reach, and whether it does. Comparisons with a gateway that was not there are left out. */
export function judge({ calls, callsWide, streams, quiet, openStreams, memory, money }: Measured): Goal[] {
  const goals: Goal[] = []
  const atMost = (name: string, value: number | undefined, most: number) => {
    if (value !== undefined) goals.push({ name, value, bound: `<= ${most}`, met: value <= most })
  }
  const atLeast = (name: string, value: number | undefined, least: number) => {
    if (value !== undefined) goals.push({ name, value, bound: `>= ${least}`, met: value >= least })
  }
  const callCpu = (rows: Rows) => ratio(rows['redpill']!.gatewayUsPerCall, rows['nginx']?.gatewayUsPerCall)
  const speed = ratio(callsWide['redpill']!.callsPerSecond, callsWide['portkey']?.callsPerSecond)
  atMost('CPU per whole call, of nginx, 64 connections', callCpu(calls), 6)
  atMost('CPU per whole call, of nginx, 256 connections', callCpu(callsWide), 6)
  atLeast('calls per second, of Portkey, 256 connections', speed, 5)
  atMost('CPU per streamed chunk, of nginx', ratio(perEvent(streams['redpill']!), perEvent(streams['nginx'])), 4)
  atMost('time to first token added at low load, p50, ms', addedMs(quiet.streams, 'redpill', 'firstEventUs', 'p50'), 3)
  atMost('memory per open stream, KiB', openStreams['redpill']?.kibPerStream, 80)
  atMost(`memory over ${memory.calls} calls, last quarter of second`, memory.growth, growthMost)
  atMost('calls answered wrongly', errorsOf([calls, callsWide, streams, quiet.calls, quiet.streams], openStreams), 0)
  atMost('ledgers with a wrong charge or an open hold', money.filter(({ ok }) => !ok).length, 0)
  return goals
}

/** Gateway processor time over events of right answers. */
export function perEvent(row: Row): number
export function perEvent(row: Row | undefined): number | undefined
export function perEvent(row: Row | undefined): number | undefined {
  return row && (row.gatewayUsPerCall * row.calls) / row.events
}

/** What a gateway adds to the bare upstream's time. */
export function addedMs(rows: Rows, name: string, what: 'latencyUs' | 'firstEventUs', rank: 'p50' | 'p99') {
  const own = rows[name]?.[what]?.[rank]
  const bare = rows['bare']?.[what]?.[rank]
  return own === undefined || bare === undefined ? undefined : (own - bare) / 1_000
}

const ratio = (value: number, of: number | undefined) => (of === undefined ? undefined : value / of)

const errorsOf = (groups: readonly Rows[], openStreams: Measured['openStreams']): number =>
  groups.reduce((sum, rows) => sum + (rows['redpill']?.errors ?? 0), openStreams['redpill']?.window.errors ?? 0)
