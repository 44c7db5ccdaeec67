import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { startChild } from './child.ts'
import { processors } from './machine.ts'
import { compile } from './native.ts'

/** What the mock upstream reports as usage with every answer: see mock-upstream.c. */
export const mockUsage = { promptTokens: 213, completionTokens: 61 }

/** Events of a stream: 50 chunks and the usage. */
export const mockStreamEvents = 51

export type MockUpstream = {
  readonly pid: number
  readonly port: number
  readonly stats: () => Promise<MockStats>
  readonly stop: () => Promise<void>
}

export type MockStats = {
  readonly requests: number
  readonly streams: number
  readonly cut: number
  readonly malformed: number
}

export async function startMockUpstream(folder: string): Promise<MockUpstream> {
  const logFile = `${folder}/mock-upstream.log`
  const child = startChild({ command: compile('mock-upstream'), args: [], processor: processors.load, logFile })
  const port = await portFrom(logFile)
  return {
    ...child,
    port,
    stats: async () => (await (await fetch(`http://127.0.0.1:${port}/stats`)).json()) as MockStats,
  }
}

async function portFrom(logFile: string): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = Number(readFileSync(logFile, 'utf8').trim())
    if (port > 0) return port
    await wait(20)
  }
  throw new Error('The mock upstream did not start.')
}
