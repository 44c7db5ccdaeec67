import { randomBytes } from 'node:crypto'
import { idSource, type MakeId, type Uuid } from '../../core/ids.ts'
import { nanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { clock } from '../../../test/support/clock.ts'
import { testDatabase, type TestDatabase } from '../../../test/support/database.ts'
import { atEnd, type Scope } from '../../../test/support/scope.ts'
import {
  type BatchLane,
  grant,
  type LaneOptions,
  openBatchLane,
  openLedgerAccount,
  type ReserveRequest,
  setKeyBudget,
  type KeyBudget,
  type SettleRequest,
} from '../index.ts'

/** A ledger of a test's own, with a clock that stands still until the test moves it. */
export type TestLedger = {
  readonly database: TestDatabase
  readonly db: Db
  readonly makeId: MakeId
  readonly now: () => Date
  readonly setNow: (now: Date) => void
  readonly passMs: (ms: number) => void
  readonly openLane: (options?: Partial<LaneOptions>) => BatchLane
  /** An account with credits and one key without limits. */
  readonly customer: (credits?: bigint, budget?: Partial<KeyBudget>) => Promise<Customer>
  readonly addKey: (accountId: Uuid, budget?: Partial<KeyBudget>) => Promise<Uuid>
}

export type Customer = { readonly accountId: Uuid; readonly keyId: Uuid }

type Options = Parameters<typeof testDatabase>[1]

export async function testLedger(scope: Scope, options: Options = {}): Promise<TestLedger> {
  const database = await testDatabase(scope, options)
  const { db } = database
  let nowMs = Date.now()
  const now = (): Date => new Date(nowMs)
  const makeId = idSource(
    { nowMs: () => nowMs, monotonicMs: () => nowMs },
    { bytes: (length) => new Uint8Array(randomBytes(length)) },
  )
  const addKey: TestLedger['addKey'] = async (accountId, budget = {}) => {
    const keyId = makeId()
    const unlimited = { keyId, accountId, limit: undefined, window: 'total', callCap: undefined } as const
    await setKeyBudget(db, { ...unlimited, ...budget }, now())
    return keyId
  }
  return {
    database,
    db,
    makeId,
    now,
    addKey,
    setNow: (moment) => void (nowMs = moment.getTime()),
    passMs: (ms) => void (nowMs += ms),
    openLane(laneOptions = {}) {
      const lane = openBatchLane({ database, processId: makeId(), clock, ledgerNow: now, ...laneOptions })
      atEnd(scope, lane.close)
      return lane
    },
    async customer(credits = 0n, budget = {}) {
      const accountId = makeId()
      await openLedgerAccount(db, accountId)
      const keyId = await addKey(accountId, budget)
      if (credits > 0n) {
        const transferId = makeId()
        await grant(db, { transferId, accountId, amount: nanoUsd(credits), reference: transferId }, now())
      }
      return { accountId, keyId }
    },
  }
}

const hourMs = 3_600_000

export const reserveOf = (
  { accountId, keyId }: Customer,
  callId: Uuid,
  wanted: bigint,
  more: Partial<ReserveRequest> = {},
): ReserveRequest => ({
  callId,
  accountId,
  keyId,
  amountMin: nanoUsd(wanted),
  amountWanted: nanoUsd(wanted),
  expiresAtMs: Date.now() + hourMs,
  context: { modelId: 'test/model' },
  ...more,
})

export const settleOf = (callId: Uuid, cost: bigint, more: Partial<SettleRequest> = {}): SettleRequest => ({
  callId,
  cost: nanoUsd(cost),
  providerShareBps: 7_000,
  state: 'ok',
  status: 200,
  modelId: 'test/model',
  provider: 'test',
  offerId: undefined,
  units: { input: 10, output: 20 },
  usageSource: 'provider',
  promptBytes: 40,
  firstByteMs: 5,
  durationMs: 50,
  detail: {},
  ...more,
})
