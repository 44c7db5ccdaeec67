import type { Uuid } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'
import type { Db } from '../platform/database/index.ts'
import { findChargeRow, findHoldRow, findHoldRows, findTracedHoldRow } from './store/charges.ts'
import type { ChargeRow } from './store/tables.ts'
import type { Charge, OpenHold, Units } from './types.ts'

/** The receipt of a settled call. */
export async function findCharge(db: Db, callId: Uuid): Promise<Charge | undefined> {
  const row = await findChargeRow(db, callId)
  return row && chargeOf(row)
}

/** The hold of a call under way. */
export async function findOpenHold(db: Db, callId: Uuid): Promise<OpenHold | undefined> {
  const row = await findHoldRow(db, callId)
  return row && openHoldOf(row)
}

/** The newest call under way of an account that its caller has named by a trace id. */
export async function findTracedHold(db: Db, accountId: Uuid, traceId: string): Promise<OpenHold | undefined> {
  const row = await findTracedHoldRow(db, accountId, traceId)
  return row && openHoldOf(row)
}

/** The holds of an account's calls under way, newest first. */
export async function openHoldsOf(db: Db, accountId: Uuid): Promise<OpenHold[]> {
  return (await findHoldRows(db, accountId)).map(openHoldOf)
}

export function chargeOf(row: ChargeRow): Charge {
  return {
    callId: row.call_id,
    at: row.at,
    settledAt: row.settled_at,
    accountId: row.account_id,
    keyId: row.key_id,
    modelId: row.model_id,
    provider: row.provider ?? undefined,
    offerId: row.offer_id ?? undefined,
    state: row.state,
    status: row.status,
    units: unitsOf(row),
    usageSource: row.usage_source,
    promptBytes: row.prompt_bytes,
    firstByteMs: row.first_byte_ms ?? undefined,
    durationMs: row.duration_ms,
    held: row.held,
    charged: row.charged,
    shortfall: row.shortfall,
    providerAmount: row.provider_amount,
    balanceAfter: row.balance_after,
    detail: row.detail,
  }
}

const columnClasses = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'] as const

function unitsOf(row: ChargeRow): Units {
  const used = columnClasses.filter((unitClass) => row[unitClass] > 0n)
  return { ...Object.fromEntries(used.map((unitClass) => [unitClass, Number(row[unitClass])])), ...row.other_units }
}

const openHoldOf = (row: NonNullable<Awaited<ReturnType<typeof findHoldRow>>>): OpenHold => ({
  callId: row.call_id,
  accountId: row.account_id,
  keyId: row.key_id,
  amount: row.amount,
  createdAt: row.held_at,
  expiresAt: row.expires_at,
  context: { ...row.context, ...(row.checkpoint?.['detail'] as JsonObject | undefined) },
  unitsSoFar: (row.checkpoint?.['units'] as Units | undefined) ?? {},
})
