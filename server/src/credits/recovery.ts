import type { Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import {
  callRecover,
  deleteProcess,
  findProcessesOn,
  hasHeartbeat,
  insertProcess,
  touchProcess,
} from './store/processes.ts'

export type GatewayProcess = { readonly id: Uuid; readonly host: string; readonly pid: number }

/** Makes a process known before its first hold. The id is new at each start. */
export const registerProcess = (db: Db, { id, host, pid }: GatewayProcess, now: Date | null = null): Promise<void> =>
  insertProcess(db, id, host, pid, now)

/** Says that the process lives; every batch says so too. `false`: it is not registered. */
export const heartbeat = (db: Db, processId: Uuid, now: Date | null = null): Promise<boolean> =>
  touchProcess(db, processId, now)

/** The last act of a process that ends in order. What it still holds, if anything, is left to recovery. */
export const removeProcess = (db: Db, processId: Uuid): Promise<void> => deleteProcess(db, processId)

/** A process whose heart has not beaten for so long is dead. Its batches beat too. */
const silenceMs = 15_000
/** Whether a process is registered and was heard of lately. */
export const isProcessAlive = (db: Db, processId: Uuid): Promise<boolean> => hasHeartbeat(db, processId, silenceMs)

/** For how long after its expiry a hold of a living process may still be settled by its owner. */
export const graceMs = 60_000

export type Recovery = {
  /** The process that asks; it is alive, whatever its heartbeat says. */
  readonly processId: Uuid
  readonly host: string
  /** Whether a process of this host is known to be gone: its death need not be waited for. */
  readonly isGone: (pid: number) => boolean
}

export type RecoveredCall = {
  readonly callId: Uuid
  readonly accountId: Uuid
  readonly charged: NanoUsd
  readonly shortfall: NanoUsd
}

const recoverAtOnce = 10_000

/**
 * Settles what processes left behind that are dead: each call as `interrupted`, for the cost at its last checkpoint, else 0.
 * So are holds of living processes that nobody settled long after they expired. Any number of siblings may do this at once;
 * each call is settled by one of them. At most 10,000 calls at a time: call again while there are some.
 */
export async function recoverLostCalls(db: Db, recovery: Recovery, now: Date | null = null): Promise<RecoveredCall[]> {
  const { processId, host, isGone } = recovery
  await touchProcess(db, processId, now)
  const here = await findProcessesOn(db, host)
  const gone = here.filter(({ id, pid }) => id !== processId && isGone(pid)).map(({ id }) => id)
  const rows = await callRecover(db, { gone, silenceMs, graceMs, limit: recoverAtOnce, now })
  return rows.map((row) => ({
    callId: row.call_id,
    accountId: row.account_id,
    charged: row.charged,
    shortfall: row.shortfall,
  }))
}
