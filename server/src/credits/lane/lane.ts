import type { Clock } from '../../core/clock.ts'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Database } from '../../platform/database/index.ts'
import type { BatchCall, ResultRow } from '../store/batch.ts'
import type { BatchLane, Checkpoint } from '../types.ts'
import { type LaneConnection, openLaneConnection } from './connection.ts'
import { grownOf, reservedOf, settledOf } from './outcomes.ts'
import { progressNotes } from './progress.ts'
import { type Op, opQueue } from './queue.ts'
import { checkpointRow, faultOfReserve, faultOfSettle, growRow, jsonRows, reserveRow, settleRow } from './wire.ts'

export type LaneOptions = {
  readonly database: Database
  readonly processId: Uuid
  readonly clock: Clock
  /** Operations in one batch at most. */
  readonly opsMax?: number
  /** Reserves are refused while so many operations wait; growths and settles, which are as few as the calls that run, never are. */
  readonly queueMax?: number
  /** For how long a batch is sent again before its callers are told that the ledger cannot be reached. */
  readonly deadlineMs?: number
  /** The ledger's time, for tests; without it the database's own clock decides, one for all gateways. */
  readonly ledgerNow?: () => Date
  /** Called after each flush. */
  readonly onFlush?: (flush: { readonly ops: number; readonly ms: number }) => void
  readonly log?: (message: string, error: unknown) => void
}

/**
 * Opens the hot path of the ledger. When the lane is free an operation is sent at once; those that arrive while a flush is
 * in flight form the next batch: one statement, one commit. There is no timer, so an idle lane adds no delay.
 */
export function openBatchLane(options: LaneOptions): BatchLane {
  const { database, clock, opsMax = 2_000, queueMax = 20_000, deadlineMs = 15_000, log = () => {} } = options
  const connection = openLaneConnection({ database, deadlineMs, log })
  const apply = batchSender(connection, options)
  const queue = opQueue()
  let running: Promise<void> | undefined
  let closing = false
  let closed = false

  const run = async (): Promise<void> => {
    await Promise.resolve() // operations of the same turn share the batch
    for (;;) {
      const ops = queue.take(opsMax)
      const noted = notes.takeDue()
      if (ops.length === 0 && noted.size === 0) return
      const startedMs = clock.monotonicMs()
      await apply(ops, noted)
      options.onFlush?.({ ops: ops.length, ms: clock.monotonicMs() - startedMs })
    }
  }
  const start = (): void => {
    running ??= run().finally(() => {
      running = undefined
      if (queue.size() > 0 || notes.isDue()) start()
    })
  }

  const notes = progressNotes(clock, start)

  const send = (op: Pick<Op, 'kind' | 'request'>): Promise<ResultRow> =>
    new Promise((resolve, reject) => {
      if (closed) throw shuttingDown()
      queue.push({ ...op, resolve, reject } as Op)
      start()
    })

  return {
    async reserve(request) {
      if (closing) throw shuttingDown()
      if (queue.size() >= queueMax) throw overloaded()
      refuseFault(faultOfReserve(request))
      return reservedOf(await send({ kind: 'reserve', request }))
    },
    grow: async (request) => grownOf(await send({ kind: 'grow', request })),
    async settle(request) {
      refuseFault(faultOfSettle(request))
      notes.forget(request.callId)
      return settledOf(await send({ kind: 'settle', request }))
    },
    checkpoint: notes.note,
    async close() {
      closing = true
      notes.hasten()
      start()
      while (running) await running
      closed = true
      connection.close()
    },
  }
}

const shuttingDown = (): AppError => new AppError('shutting_down', { message: 'This gateway is shutting down.' })

const overloaded = (): AppError =>
  new AppError('ledger_unavailable', { message: 'Too many calls wait for the ledger.', retryAfterSeconds: 1 })

function refuseFault(fault: string | undefined): void {
  if (fault) throw new AppError('internal_error', { message: `The ledger was asked to record ${fault}.` })
}

/**
 * Sends a batch and tells each caller. When PostgreSQL refuses a statement the batch is halved until the operation at fault
 * stands alone, so that it spoils nobody else's.
 */
function batchSender({ send }: LaneConnection, { processId, ledgerNow, log = () => {} }: LaneOptions) {
  return async function apply(ops: readonly Op[], progress: ReadonlyMap<Uuid, Checkpoint>): Promise<void> {
    try {
      const rows = await send(batchOf(ops, progress, processId, ledgerNow?.() ?? null))
      for (const row of rows) ops[row[0]]?.resolve(row)
    } catch (error) {
      if (error instanceof AppError || ops.length + progress.size === 0) return ops.forEach((op) => op.reject(error))
      if (progress.size > 0) {
        log('a note of progress was refused', error)
        return apply(ops, new Map())
      }
      if (ops.length === 1) {
        const message = 'The ledger could not record this operation.'
        return ops[0]!.reject(new AppError('internal_error', { message, cause: error }))
      }
      const half = Math.ceil(ops.length / 2)
      await apply(ops.slice(0, half), new Map())
      await apply(ops.slice(half), new Map())
    }
  }
}

function batchOf(
  ops: readonly Op[],
  progress: ReadonlyMap<Uuid, Checkpoint>,
  processId: Uuid,
  now: Date | null,
): BatchCall {
  const rows = { reserve: [], grow: [], settle: [] } as Record<Op['kind'], ReturnType<typeof reserveRow>[]>
  ops.forEach((op, n) => {
    if (op.kind === 'reserve') rows.reserve.push(reserveRow(n, op.request))
    else if (op.kind === 'grow') rows.grow.push(growRow(n, op.request))
    else rows.settle.push(settleRow(n, op.request))
  })
  const noted = [...progress].map(([callId, { cost, units, detail = {} }]) =>
    checkpointRow(callId, cost, { units: { ...units }, detail }),
  )
  return {
    processId,
    now,
    reserves: jsonRows(rows.reserve),
    grows: jsonRows(rows.grow),
    settles: jsonRows(rows.settle),
    checkpoints: jsonRows(noted),
  }
}
