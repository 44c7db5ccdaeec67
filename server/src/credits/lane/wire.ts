import type { Uuid } from '../../core/ids.ts'
import type { JsonValue } from '../../core/json.ts'
import { min, type NanoUsd, nanoUsd, shareOf, subtract, zero } from '../../core/money.ts'
import type { GrowRequest, ReserveRequest, SettleRequest, Units } from '../types.ts'

/** The most that one call may hold or cost: a million USD. It keeps every sum of a batch far from the end of `bigint`. */
const callAmountMax = nanoUsd(10n ** 15n)

/** Operations as the composite types of server/migrations/0002-ledger-functions.sql read them. Money is written as text. */
type WireRow = Readonly<Record<string, JsonValue | undefined>>

export const reserveRow = (n: number, request: ReserveRequest): WireRow => ({
  n,
  call_id: request.callId,
  account_id: request.accountId,
  key_id: request.keyId,
  amount_min: amountText(request.amountMin),
  amount_wanted: amountText(request.amountWanted),
  expires_at: new Date(request.expiresAtMs).toISOString(),
  context: request.context,
})

export const growRow = (n: number, request: GrowRequest): WireRow => ({
  n,
  call_id: request.callId,
  amount_wanted: amountText(request.amountWanted),
  expires_at: new Date(request.expiresAtMs).toISOString(),
})

export function settleRow(n: number, request: SettleRequest): WireRow {
  const { input, cached_input, cache_write, output, reasoning, ...others } = request.units
  return {
    n,
    call_id: request.callId,
    cost: String(request.cost),
    provider_amount: String(shareOf(request.cost, request.providerShareBps)),
    state: request.state,
    status: request.status,
    model_id: request.modelId,
    provider: request.provider,
    offer_id: request.offerId,
    input,
    cached_input,
    cache_write,
    output,
    reasoning,
    other_units: usedOnly(others),
    usage_source: request.usageSource,
    prompt_bytes: request.promptBytes,
    first_byte_ms: request.firstByteMs === undefined ? undefined : Math.round(request.firstByteMs),
    duration_ms: Math.round(request.durationMs),
    detail: request.detail,
  }
}

export const checkpointRow = (callId: Uuid, cost: NanoUsd, progress: JsonValue): WireRow => ({
  call_id: callId,
  cost: String(min(cost, callAmountMax)),
  progress,
})

/** JSON for a `jsonb` parameter; `null` for no rows. */
export function jsonRows(rows: readonly WireRow[]): string | null {
  return rows.length === 0 ? null : storableJson(JSON.stringify(rows))
}

/**
 * PostgreSQL's text cannot hold NUL, nor half of a surrogate pair, which JavaScript's can; what an upstream says may bring
 * either into a receipt. Both become U+FFFD. An even run of backslashes before the escape belongs to the text itself.
 */
export const storableJson = (json: string): string =>
  json.includes('\\u') ? json.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, '$1\\ufffd') : json

const amountText = (amount: NanoUsd): string => String(min(amount, callAmountMax))

function usedOnly(units: Units): JsonValue | undefined {
  const used = Object.entries(units).filter(([, count]) => count !== undefined && count > 0)
  return used.length === 0 ? undefined : Object.fromEntries(used)
}

/** Why a settle cannot be recorded, if so: a fault of ours, found before it could spoil a batch. */
export function faultOfSettle(request: SettleRequest): string | undefined {
  if (request.cost < zero || subtract(callAmountMax, request.cost) < zero) return `a cost of ${request.cost} nano-USD`
  if (request.providerShareBps < 0 || request.providerShareBps > 10_000)
    return `a share of ${request.providerShareBps} bps`
  const odd = Object.entries(request.units).find(([, count]) => !Number.isSafeInteger(count) || count < 0)
  return odd && `${String(odd[1])} units of ${odd[0]}`
}

/** Why a reserve makes no sense, if so. */
export function faultOfReserve(request: ReserveRequest): string | undefined {
  if (request.amountMin < zero) return `a least amount of ${request.amountMin} nano-USD`
  return request.amountWanted < request.amountMin ? 'a wish below its least amount' : undefined
}
