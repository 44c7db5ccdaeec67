import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { compile } from './native.ts'
import { onProcessor, processors } from './machine.ts'

/** How load is made. Closed loop: each connection calls again when it is answered. Open loop: at a rate, come what may. */
export type Load = {
  readonly connections: number
  readonly calls?: number
  readonly seconds?: number
  readonly callsPerSecond?: number
  readonly rampMs?: number
}

export type Percentiles = { readonly p50: number; readonly p90: number; readonly p99: number; readonly max: number }

export type LoadResult = {
  /** Calls that were answered rightly. */
  readonly calls: number
  readonly errors: number
  readonly firstError: string
  /** Server-sent events of right answers, [DONE] not counted. */
  readonly events: number
  readonly seconds: number
  readonly cpuSeconds: number
  readonly connections: number
  readonly latencyUs?: Percentiles
  readonly firstEventUs?: Percentiles
}

export type LoadTarget = {
  readonly port: number
  /** The whole HTTP request. */
  readonly request: string
  /** The least events of a right answer; 0: it is not a stream. */
  readonly eventsLeast: number
  /** A file that the request may be written to. */
  readonly requestFile: string
}

/** Makes load until it is over and every call begun has ended. */
export async function makeLoad(target: LoadTarget, load: Load): Promise<LoadResult> {
  writeFileSync(target.requestFile, target.request)
  const options = {
    connections: load.connections,
    calls: load.calls ?? 0,
    seconds: load.seconds ?? 0,
    rate: load.callsPerSecond ?? 0,
    ramp_ms: load.rampMs ?? 0,
    events: target.eventsLeast,
  }
  const args = [String(target.port), target.requestFile, ...Object.entries(options).map((pair) => pair.join('='))]
  const child = spawn(...onProcessor(processors.load, compile('load-generator'), args), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit') as Promise<[number | null]>])
  if (code !== 0) throw new Error(`The load generator ended with ${code}.`)
  return JSON.parse(output) as LoadResult
}
