import { fork, type ChildProcess } from 'node:child_process'
import { mergeMetrics } from '../platform/metrics.ts'
import type { Log } from '../platform/log.ts'
import type { Running } from './outside.ts'

/** What a gateway process and its supervisor tell each other. */
export type FromGateway =
  | { readonly kind: 'listening'; readonly url: string }
  | { readonly kind: 'metrics-wanted'; readonly id: number }
  | { readonly kind: 'metrics'; readonly id: number; readonly snapshot: object }
export type ToGateway =
  | { readonly kind: 'metrics-wanted'; readonly id: number }
  | { readonly kind: 'metrics-text'; readonly id: number; readonly text: string }
  | { readonly kind: 'stop' }

/** `stop` asks every process to drain, and waits until all have ended. Its own open calls are none. */
export type Supervisor = Running & { readonly url: string }

export type SupervisorOptions = {
  readonly processes: number
  readonly entry: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly log: Log
}

const restartDelayMsMin = 100
const restartDelayMsMax = 10_000
/** A process that lived this long is healthy: its next death is restarted at once again. */
const healthyAfterMs = 30_000
const metricsTimeoutMs = 2_000

/** Runs n gateway processes on one port and starts a new one for each that dies. */
export async function supervise(options: SupervisorOptions): Promise<Supervisor> {
  const { processes, log } = options
  const children = new Set<ChildProcess>()
  const metrics = metricsCollector(children)
  const timers = new Set<NodeJS.Timeout>()
  let stopping = false

  /** Resolves with the child's address when it listens; rejects if it ends before. */
  function start(port: string | undefined, delayMs: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = fork(options.entry, ['gateway'], {
        env: { ...options.environment, ...(port !== undefined && { REDPILL_PORT: port }) },
      })
      children.add(child)
      let ownPort = port
      const healthy = setTimeout(() => {
        delayMs = restartDelayMsMin
      }, healthyAfterMs).unref()
      child.on('message', (message: FromGateway) => {
        if (message.kind === 'listening') {
          ownPort = new URL(message.url).port
          resolve(message.url)
        } else metrics.receive(child, message)
      })
      child.once('exit', (code, signal) => {
        clearTimeout(healthy)
        children.delete(child)
        reject(new Error(`a gateway process ended at its start (${signal ?? `exit code ${code}`})`))
        if (stopping || ownPort === undefined) return
        log.error('a gateway process died; starting another', { pid: child.pid ?? 0, code, signal })
        const timer = setTimeout(() => {
          timers.delete(timer)
          start(ownPort, Math.min(delayMs * 2, restartDelayMsMax)).catch(() => {})
        }, delayMs)
        timers.add(timer)
      })
    })
  }

  async function stop(): Promise<void> {
    stopping = true
    for (const timer of timers) clearTimeout(timer)
    await Promise.all(
      [...children].map(
        (child) =>
          new Promise<void>((resolve) => {
            child.once('exit', () => resolve())
            child.send({ kind: 'stop' } satisfies ToGateway, () => {})
          }),
      ),
    )
  }

  try {
    // The first one finds the port (it may be 0: any), the others share it.
    const url = await start(undefined, restartDelayMsMin)
    const { port } = new URL(url)
    await Promise.all(Array.from({ length: processes - 1 }, () => start(port, restartDelayMsMin)))
    return { url, callsOpen: () => 0, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Adds up the metrics of all processes for whichever of them was asked. */
function metricsCollector(children: ReadonlySet<ChildProcess>) {
  const wanted = new Map<number, (child: ChildProcess, snapshot: object) => void>()
  let lastId = 0
  const collect = (): Promise<string> =>
    new Promise((resolve) => {
      const id = ++lastId
      const asked = [...children]
      const snapshots = new Map<ChildProcess, object>()
      const finish = () => {
        clearTimeout(timer)
        wanted.delete(id)
        resolve(mergeMetrics([...snapshots.values()]))
      }
      const timer = setTimeout(finish, metricsTimeoutMs)
      wanted.set(id, (child, snapshot) => {
        snapshots.set(child, snapshot)
        if (snapshots.size === asked.length) finish()
      })
      for (const child of asked) child.send({ kind: 'metrics-wanted', id } satisfies ToGateway, () => {})
    })
  return {
    receive(child: ChildProcess, message: FromGateway): void {
      if (message.kind === 'metrics') wanted.get(message.id)?.(child, message.snapshot)
      if (message.kind !== 'metrics-wanted') return
      const { id } = message
      void collect().then((text) => child.send({ kind: 'metrics-text', id, text } satisfies ToGateway, () => {}))
    },
  }
}
