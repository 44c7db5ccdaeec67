/** Calls, each a reserve and a settle, by callers that call again as soon as they are answered. */
import { randomInt } from 'node:crypto'
import type { Uuid } from '../../server/src/core/ids.ts'
import { nanoUsd } from '../../server/src/core/money.ts'
import { openBatchLane, registerProcess } from '../../server/src/credits/index.ts'
import type { Customer } from '../../server/test/support/ledger-growth.ts'
import type { Database, EmbeddedPostgres } from '../../server/src/platform/database/index.ts'
import { clock, makeId, serverSeconds } from './cluster.ts'
import { percentile } from './statistics.ts'

/** A way to make the ledger hold and settle. */
export type Ledger = {
  readonly reserve: (callId: Uuid, customer: Customer) => Promise<boolean>
  readonly settle: (callId: Uuid) => Promise<boolean>
  readonly close: () => Promise<void>
}

const held = 1_000n
const cost = 900n
const providerShareBps = 3_000
const detail = { finishReason: 'stop', attempts: 1, streamed: false }
const context = { modelId: 'openai/gpt-4o', provider: 'openai', promptBytes: 400, providerShareBps }

/** The ledger as it is: one lane, batches as they come. */
export async function batchLedger(database: Database): Promise<Ledger> {
  const processId = makeId()
  await registerProcess(database.db, { id: processId, host: 'bench', pid: process.pid })
  const lane = openBatchLane({ database, processId, clock })
  const amount = nanoUsd(held)
  return {
    async reserve(callId, { account: accountId, key: keyId }) {
      const expiresAtMs = clock.nowMs() + 600_000
      const request = { callId, accountId, keyId, amountMin: amount, amountWanted: amount, expiresAtMs, context }
      return (await lane.reserve(request)).kind === 'held'
    },
    async settle(callId) {
      const settled = await lane.settle({
        callId,
        cost: nanoUsd(cost),
        providerShareBps,
        state: 'ok',
        status: 200,
        modelId: context.modelId,
        provider: context.provider,
        offerId: undefined,
        units: { input: 100, output: 40 },
        usageSource: 'provider',
        promptBytes: 400,
        firstByteMs: 80,
        durationMs: 900,
        detail,
      })
      return settled.kind === 'settled'
    },
    close: lane.close,
  }
}

/** One function call and one commit per operation, over the pool: bench/ledger/per-op.sql. */
export function singleLedger({ pool }: Database): Ledger {
  const processId = makeId()
  const ask = async (name: string, text: string, values: unknown[]): Promise<boolean> =>
    (await pool.query<{ done: boolean }>({ name, text, values })).rows[0]!.done
  const contextJson = JSON.stringify(context)
  const detailJson = JSON.stringify(detail)
  return {
    reserve: (callId, { account, key }) =>
      ask('single_reserve', 'select single_reserve($1, $2, $3, $4, $5, $6) as done', [
        callId,
        account,
        key,
        held,
        processId,
        contextJson,
      ]),
    settle: (callId) =>
      ask('single_settle', 'select single_settle($1, $2, $3, $4, $5, $6, $7, $8) as done', [
        callId,
        cost,
        (cost * BigInt(providerShareBps)) / 10_000n,
        context.modelId,
        context.provider,
        100,
        40,
        detailJson,
      ]),
    close: async () => {},
  }
}

/** Latencies are those of the reserve, in milliseconds; processor times in microseconds per call. */
export type CallRow = {
  readonly callsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly gatewayUsPerCall: number
  readonly databaseUsPerCall: number
}

type Load = { readonly callers: number; readonly seconds: number; readonly customers: readonly Customer[] }

/** Throws when a call is refused: every customer here can pay. */
export async function makeCalls(postgres: EmbeddedPostgres, ledger: Ledger, load: Load): Promise<CallRow> {
  const latenciesMs: number[] = []
  const startMs = clock.monotonicMs()
  const endMs = startMs + load.seconds * 1_000
  const own = process.cpuUsage()
  const server = serverSeconds(postgres)

  const caller = async (): Promise<void> => {
    while (clock.monotonicMs() < endMs) {
      const callId = makeId()
      const askedMs = clock.monotonicMs()
      const isHeld = await ledger.reserve(callId, load.customers[randomInt(load.customers.length)]!)
      latenciesMs.push(clock.monotonicMs() - askedMs)
      if (!isHeld || !(await ledger.settle(callId))) throw new Error('a call was refused')
    }
  }
  await Promise.all(Array.from({ length: load.callers }, caller))

  const calls = latenciesMs.length
  const { user, system } = process.cpuUsage(own)
  return {
    callsPerSecond: calls / ((clock.monotonicMs() - startMs) / 1_000),
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    gatewayUsPerCall: (user + system) / calls,
    databaseUsPerCall: ((serverSeconds(postgres) - server) * 1e6) / calls,
  }
}
