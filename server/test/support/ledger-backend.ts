import { existsSync, readFileSync } from 'node:fs'
import type { Database } from '../../src/platform/database/index.ts'

const fileOf = (pid: number | string): string => `/proc/${pid}/schedstat`

/** Whether the kernel tells how long a process ran, to the nanosecond. */
export const countsProcessorTime = existsSync(fileOf('self'))

/** Microseconds for which a process has been on a processor; proc(5), Documentation/scheduler/sched-stats.rst. */
export const processorUs = (pid: number): number => Number(readFileSync(fileOf(pid), 'utf8').split(' ')[0]) / 1_000

/** The server's process behind the one session that a database's pool has. */
export async function backendOf({ pool }: Database): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid')
  return rows[0]!.pid
}

/** The value in the middle; of an even number the higher one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
