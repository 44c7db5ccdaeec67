import { randomBytes } from 'node:crypto'
import { idSource, type MakeId, type Uuid } from '../../src/core/ids.ts'
import { type NanoUsd, nanoUsd } from '../../src/core/money.ts'
import {
  grant,
  type LimitWindow,
  openLedgerAccount,
  reconcile,
  type ReserveRequest,
  setKeyBudget,
  type SettleRequest,
} from '../../src/credits/index.ts'
import type { Database, Db } from '../../src/platform/database/index.ts'
import { clock } from './clock.ts'

/** Ids of now, as a gateway makes them. */
export const makeId: MakeId = idSource(clock, { bytes: (length) => randomBytes(length) })

/** A customer with so much to spend. */
export async function fundedAccount(db: Db, amount: NanoUsd): Promise<Uuid> {
  const accountId = makeId()
  await openLedgerAccount(db, accountId)
  await grant(db, { transferId: makeId(), accountId, amount, reference: `funds of ${accountId}` })
  return accountId
}

/** A key of an account; without a limit only the balance bounds it. */
export async function keyOf(db: Db, accountId: Uuid, limit?: NanoUsd, window: LimitWindow = 'total'): Promise<Uuid> {
  const keyId = makeId()
  await setKeyBudget(db, { keyId, accountId, limit, window, callCap: undefined })
  return keyId
}

/** A reserve of just `amount` unless it wishes for more. */
export function reserveOf(
  callId: Uuid,
  accountId: Uuid,
  keyId: Uuid,
  amount: NanoUsd,
  amountWanted: NanoUsd = amount,
): ReserveRequest {
  return {
    callId,
    accountId,
    keyId,
    amountMin: amount,
    amountWanted,
    expiresAtMs: clock.nowMs() + 600_000,
    context: { modelId: 'test/model', provider: 'test', promptBytes: 400, providerShareBps: 3_000 },
  }
}

/** The settle of a call that ended well and cost so much. */
export function settleOf(callId: Uuid, cost: NanoUsd): SettleRequest {
  return {
    callId,
    cost: nanoUsd(cost),
    providerShareBps: 3_000,
    state: cost === 0n ? 'failed' : 'ok',
    status: cost === 0n ? 502 : 200,
    modelId: 'test/model',
    provider: 'test',
    offerId: undefined,
    units: { input: 100, output: 40 },
    usageSource: 'provider',
    promptBytes: 400,
    firstByteMs: 80,
    durationMs: 900,
    detail: { finishReason: 'stop', attempts: 1 },
  }
}

/** What a full reconciliation finds wrong: nothing, one hopes. */
export async function offences(database: Database): Promise<string[]> {
  const { invariants } = await reconcile(database)
  return invariants.filter(({ ok }) => !ok).map(({ id, detail }) => `${id}: ${detail}`)
}
