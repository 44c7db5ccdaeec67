import { type RawBuilder, sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { CallState } from '../types.ts'

/** From the least to the most, both included; either may be open. */
export type Bounds<T> = { readonly min?: T | undefined; readonly max?: T | undefined }

/** A status as the caller saw it, or a kind of them: an error is 400 and above, but for 499, which the caller made. */
export type StatusAsked = number | 'ok' | 'error'

/** Which calls: those whose id was made from `from` on and before `to`; what is absent does not matter. */
export type ChargeFilter = {
  readonly accountId?: Uuid | undefined
  readonly keyId?: Uuid | undefined
  /** The model that answered. */
  readonly modelId?: string | undefined
  /** As the caller named it. */
  readonly modelAsked?: string | undefined
  readonly provider?: string | undefined
  readonly state?: CallState | undefined
  readonly status?: StatusAsked | undefined
  /** `chat`, `embeddings` ... */
  readonly endpoint?: string | undefined
  readonly finishReason?: string | undefined
  /** Whether more than one offer was asked. */
  readonly fallback?: boolean | undefined
  readonly streamed?: boolean | undefined
  readonly charged?: Bounds<NanoUsd> | undefined
  readonly firstByteMs?: Bounds<number> | undefined
  readonly durationMs?: Bounds<number> | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  /** Labels that the call must have, all of them. No index finds them: bound the time too. */
  readonly labels?: JsonObject | undefined
}

type Condition = RawBuilder<boolean>

/** Whose calls of which time: what an index finds. The time is that inside the id, so both bound it: one finds the partition. */
export const placeOf = ({ accountId, keyId, from, to }: ChargeFilter): Condition =>
  all([
    accountId !== undefined && sql`account_id = ${accountId}`,
    keyId !== undefined && sql`key_id = ${keyId}`,
    from && sql`at >= ${from} and call_id >= ${firstUuidAt(from)}`,
    to && sql`at < ${to} and call_id < ${firstUuidAt(to)}`,
  ])

/** No id that was made at a moment or later is below this one, and none that was made before is above it. */
export function firstUuidAt(at: Date): Uuid {
  const hex = Math.max(0, at.getTime()).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-0000-0000-000000000000`
}

/** What only the receipt itself tells. */
export function traitsOf(filter: ChargeFilter): Condition {
  const { modelId, modelAsked, provider, state, endpoint, finishReason, fallback, streamed, labels } = filter
  return all([
    modelId !== undefined && sql`model_id = ${modelId}`,
    modelAsked !== undefined && sql`detail ->> 'requested_model' = ${modelAsked}`,
    provider !== undefined && sql`provider = ${provider}`,
    state !== undefined && sql`state = ${state}`,
    endpoint !== undefined && sql`detail ->> 'endpoint' = ${endpoint}`,
    finishReason !== undefined && sql`detail ->> 'finish_reason' = ${finishReason}`,
    fallback !== undefined && sql`(${wasFallback}) = ${fallback}`,
    streamed !== undefined && sql`coalesce(detail -> 'streamed' = 'true', false) = ${streamed}`,
    labels !== undefined && sql`detail @> ${JSON.stringify({ labels })}::jsonb`,
    filter.status !== undefined && statusIs(filter.status),
    ...within('charged', filter.charged),
    ...within('first_byte_ms', filter.firstByteMs),
    ...within('duration_ms', filter.durationMs),
  ])
}

export const conditionOf = (filter: ChargeFilter): Condition => all([placeOf(filter), traitsOf(filter)])

/** Calls that failed, by fault of whoever but the caller who hung up. */
export const isError = sql<boolean>`(status >= 400 and status <> 499)`

/** `attempts` is a list; receipts of long ago counted them. */
const wasFallback = sql`case jsonb_typeof(detail -> 'attempts') when 'array' then jsonb_array_length(detail -> 'attempts') > 1 else false end`

function statusIs(asked: StatusAsked): Condition {
  if (typeof asked === 'number') return sql`status = ${asked}`
  return asked === 'error' ? isError : sql`status < 400`
}

const within = <T>(column: string, { min, max }: Bounds<T> = {}) => [
  min !== undefined && sql<boolean>`${sql.ref(column)} >= ${min}`,
  max !== undefined && sql<boolean>`${sql.ref(column)} <= ${max}`,
]

/** The conditions that are given, together; true without any. */
export function all(conditions: readonly (RawBuilder<unknown> | false | undefined)[]): Condition {
  const given = conditions.filter((condition) => condition !== false && condition !== undefined)
  return given.length === 0 ? sql`true` : sql`(${sql.join(given, sql` and `)})`
}
