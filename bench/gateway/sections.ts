import { setTimeout as wait } from 'node:timers/promises'
import type { RedPill } from './gateways/redpill.ts'
import type { Answer, Gateway } from './gateways/types.ts'
import type { Load } from './load.ts'
import { processors, residentKib } from './machine.ts'
import { measure, median, sendLoad, warmUp, type Bench, type Window } from './measure.ts'

/** How long and how often everything is measured. */
export type Size = {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly streamsPerRound: number
  readonly openStreams: number
  readonly openStreamsAnswer: Answer
  readonly memoryCalls: number
}

export type Contenders = {
  readonly bare: Gateway
  readonly redpill: RedPill
  readonly nginx: Gateway | undefined
  readonly portkey: Gateway
}

/** The medians of the windows of one row; errors are added up. */
export type Row = Window & { readonly windows: number }

/** Rows by name. `nginx-again` is the same nginx measured twice: how far the two differ is the noise. */
export type Rows = Readonly<Record<string, Row>>

type Entry = { readonly label: string; readonly gateway: Gateway; readonly around?: (run: Run) => Promise<Window> }
type Run = () => Promise<Window>

const connections = 64
const connectionsWide = 256
const streamConnections = 100
const quietCallsPerSecond = 100
const quietStreamsPerSecond = 10

/** Whole calls, closed loop: as many as each can do. */
export async function measureCalls(
  bench: Bench,
  contenders: Contenders,
  size: Size,
): Promise<{ readonly calls: Rows; readonly callsWide: Rows }> {
  const { redpill } = contenders
  const { rounds, seconds } = size
  const entries = entriesOf(contenders)
  const onOneCore: Entry = {
    label: 'redpill-with-database-on-one-core',
    gateway: redpill,
    async around(run) {
      redpill.bindDatabase(processors.gateway)
      const window = await run()
      redpill.bindDatabase(processors.database)
      return window
    },
  }
  await warmUp(bench, gatewaysOf(contenders), 'plain', { connections, seconds: size.warmUpSeconds })
  return {
    calls: await inTurn(bench, entries, rounds, 'plain', { connections, seconds }),
    callsWide: await inTurn(bench, [...entries, onOneCore], rounds, 'plain', { connections: connectionsWide, seconds }),
  }
}

/** Streams of 50 chunks, 20 ms apart, 100 at a time. */
export async function measureStreams(bench: Bench, contenders: Contenders, size: Size): Promise<Rows> {
  const load = { connections: streamConnections, calls: size.streamsPerRound }
  await warmUp(bench, gatewaysOf(contenders), 'stream-20', load)
  return inTurn(bench, entriesOf(contenders), size.rounds, 'stream-20', load)
}

/** Low load, open loop: what a gateway adds to the time of a call, and to that of a stream's first event. */
export async function measureQuiet(
  bench: Bench,
  contenders: Contenders,
  size: Size,
): Promise<{ readonly calls: Rows; readonly streams: Rows }> {
  const entries = entriesOf(contenders)
  const calls = { connections, seconds: size.seconds, callsPerSecond: quietCallsPerSecond }
  const streams = { connections, seconds: size.seconds, callsPerSecond: quietStreamsPerSecond }
  return {
    calls: await inTurn(bench, entries, size.rounds, 'plain', calls),
    streams: await inTurn(bench, entries, size.rounds, 'stream-20', streams),
  }
}

export type OpenStreams = {
  readonly streams: number
  readonly window: Window
  readonly residentKibBefore: number
  /** The median while all streams were open. */
  readonly residentKibOpen: number
  readonly kibPerStream: number
}

const rampMs = 4_000
const sampleEveryMs = 250

/** Many slow streams at once on a fresh gateway: what each costs in memory while it is open. */
export async function measureOpenStreams(bench: Bench, gateway: Gateway, size: Size): Promise<OpenStreams> {
  const { openStreams: streams, openStreamsAnswer: answer } = size
  const pid = gateway.workerPid ?? gateway.pid!
  await warmUp(bench, [gateway], 'stream-20', { connections: streamConnections, calls: streamConnections })
  const residentKibBefore = residentKib(pid)
  const samples: number[] = []
  let over = false
  const sampling = (async () => {
    await wait(rampMs + 1_000)
    for (; !over; await wait(sampleEveryMs)) samples.push(residentKib(pid))
  })()
  const window = await measure(bench, gateway, answer, { connections: streams, calls: streams, rampMs })
  over = true
  await sampling
  // The first streams end a whole ramp before the last ones.
  const allOpen = samples.slice(0, Math.max(1, samples.length - Math.ceil((rampMs + 1_000) / sampleEveryMs)))
  const residentKibOpen = median(allOpen)
  return {
    streams,
    window,
    residentKibBefore,
    residentKibOpen,
    kibPerStream: (residentKibOpen - residentKibBefore) / streams,
  }
}

export type MemoryCourse = {
  readonly calls: number
  readonly residentKib: readonly number[]
  /** Medians of the second and of the last quarter, as a ratio. */
  readonly growth: number
}

const memorySamples = 40

/** Resident memory over very many calls. */
export async function measureMemory(bench: Bench, gateway: Gateway, size: Size): Promise<MemoryCourse> {
  const callsBetween = size.memoryCalls / memorySamples
  const samples: number[] = []
  for (let at = 0; at < memorySamples; at++) {
    await sendLoad(bench, gateway, 'plain', { connections, calls: callsBetween })
    samples.push(residentKib(gateway.workerPid ?? gateway.pid!))
  }
  const quarter = memorySamples / 4
  const growth = median(samples.slice(3 * quarter)) / median(samples.slice(quarter, 2 * quarter))
  return { calls: size.memoryCalls, residentKib: samples, growth }
}

function entriesOf({ bare, redpill, nginx, portkey }: Contenders): Entry[] {
  return [
    { label: 'bare', gateway: bare },
    ...(nginx ? [{ label: 'nginx', gateway: nginx }] : []),
    { label: 'redpill', gateway: redpill },
    ...(nginx ? [{ label: 'nginx-again', gateway: nginx }] : []),
    { label: 'portkey', gateway: portkey },
  ]
}

export const gatewaysOf = (contenders: Contenders): Gateway[] => [
  ...new Set(entriesOf(contenders).map(({ gateway }) => gateway)),
]

/** Measures all entries one after the other, again and again, so that a busy minute of the machine falls on all alike. */
async function inTurn(
  bench: Bench,
  entries: readonly Entry[],
  rounds: number,
  answer: Answer,
  load: Load,
): Promise<Rows> {
  const windows = new Map<string, Window[]>(entries.map(({ label }) => [label, []]))
  for (let round = 0; round < rounds; round++) {
    for (const { label, gateway, around = (run: Run) => run() } of entries) {
      windows.get(label)!.push(await around(() => measure(bench, gateway, answer, load)))
    }
  }
  return Object.fromEntries([...windows].map(([label, all]) => [label, rowOf(all)]))
}

export function rowOf(windows: readonly Window[]): Row {
  const of = (pick: (window: Window) => number) => median(windows.map(pick))
  const percentiles = (name: 'latencyUs' | 'firstEventUs') => {
    const all = windows.flatMap((window) => window[name] ?? [])
    if (all.length === 0) return undefined
    const at = (rank: 'p50' | 'p90' | 'p99' | 'max') => median(all.map((each) => each[rank]))
    return { p50: at('p50'), p90: at('p90'), p99: at('p99'), max: at('max') }
  }
  return {
    windows: windows.length,
    calls: of(({ calls }) => calls),
    errors: windows.reduce((sum, { errors }) => sum + errors, 0),
    firstError: windows.find(({ errors }) => errors > 0)?.firstError ?? '',
    events: of(({ events }) => events),
    callsPerSecond: of(({ callsPerSecond }) => callsPerSecond),
    gatewayUsPerCall: of(({ gatewayUsPerCall }) => gatewayUsPerCall),
    databaseUsPerCall: of(({ databaseUsPerCall }) => databaseUsPerCall),
    mockUsPerCall: of(({ mockUsPerCall }) => mockUsPerCall),
    loadUsPerCall: of(({ loadUsPerCall }) => loadUsPerCall),
    foreignShare: of(({ foreignShare }) => foreignShare),
    latencyUs: percentiles('latencyUs'),
    firstEventUs: percentiles('firstEventUs'),
  }
}
