import { setTimeout as wait } from 'node:timers/promises'
import type { Answer, Gateway } from './gateways/types.ts'
import { makeLoad, type Load, type LoadResult, type Percentiles } from './load.ts'
import { busySeconds, treeSeconds } from './machine.ts'
import { mockStreamEvents, type MockUpstream } from './mock-upstream.ts'

/** What one gateway did under one load for a while. */
export type Window = {
  readonly calls: number
  readonly errors: number
  readonly firstError: string
  readonly events: number
  readonly callsPerSecond: number
  /** Processor time, user and kernel, over right answers. */
  readonly gatewayUsPerCall: number
  readonly databaseUsPerCall: number
  readonly mockUsPerCall: number
  readonly loadUsPerCall: number
  /** Busy time of all processors that none of our processes used, as a part of the time of one processor. */
  readonly foreignShare: number
  readonly latencyUs: Percentiles | undefined
  readonly firstEventUs: Percentiles | undefined
}

export type Bench = {
  readonly mock: MockUpstream
  /** For files that a load needs. */
  readonly folder: string
  /** Right answers that each gateway has given since it started, by its name: what has to be on its bill. */
  readonly answered: Map<string, number>
}

/** Puts one load on one gateway and measures it from its first call to the end of its last. */
export async function measure(bench: Bench, gateway: Gateway, answer: Answer, load: Load): Promise<Window> {
  const before = readSeconds(bench, gateway)
  const result = await sendLoad(bench, gateway, answer, load)
  const after = readSeconds(bench, gateway)
  const usPerCall = (seconds: number) => (seconds / Math.max(1, result.calls)) * 1e6
  const used = {
    gateway: after.gateway - before.gateway,
    database: after.database - before.database,
    mock: after.mock - before.mock,
  }
  const ours = used.gateway + used.database + used.mock + result.cpuSeconds
  return {
    calls: result.calls,
    errors: result.errors,
    firstError: result.firstError,
    events: result.events,
    callsPerSecond: result.calls / result.seconds,
    gatewayUsPerCall: usPerCall(used.gateway),
    databaseUsPerCall: usPerCall(used.database),
    mockUsPerCall: usPerCall(used.mock),
    loadUsPerCall: usPerCall(result.cpuSeconds),
    foreignShare: Math.max(0, after.busy - before.busy - ours) / result.seconds,
    latencyUs: result.latencyUs,
    firstEventUs: result.firstEventUs,
  }
}

/** Puts load on a gateway without measuring, and counts what it answered. */
export async function sendLoad(bench: Bench, gateway: Gateway, answer: Answer, load: Load): Promise<LoadResult> {
  const target = {
    port: gateway.port,
    request: gateway.request(answer),
    eventsLeast: answer === 'plain' ? 0 : mockStreamEvents,
    requestFile: `${bench.folder}/request`,
  }
  const result = await makeLoad(target, load)
  bench.answered.set(gateway.name, (bench.answered.get(gateway.name) ?? 0) + result.calls)
  return result
}

/** Makes every gateway hot: code compiled, connections open. */
export async function warmUp(bench: Bench, gateways: readonly Gateway[], answer: Answer, load: Load): Promise<void> {
  for (const gateway of gateways) {
    const { errors, firstError } = await sendLoad(bench, gateway, answer, load)
    if (errors > 0) throw new Error(`${gateway.name} answered wrongly while it warmed up: ${firstError}`)
  }
  await wait(500)
}

function readSeconds({ mock }: Bench, { pid, databasePid }: Gateway) {
  const database = databasePid === undefined ? 0 : treeSeconds(databasePid)
  // The embedded database server may be a child of the gateway, or of the system's first process.
  const gateway = pid === undefined ? 0 : treeSeconds(pid, databasePid)
  return { gateway, database, mock: treeSeconds(mock.pid), busy: busySeconds() }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
