import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { isError, placeOf } from './charge-filter.ts'

const unitSums = sql.raw(
  ['input', 'cached_input', 'cache_write', 'output', 'reasoning', 'image', 'audio_input', 'audio_output', 'request']
    .map((name) => `coalesce(sum(${name}), 0)::bigint as ${name}`)
    .join(', '),
)

const otherUnits = sql.raw(
  ['image', 'audio_input', 'audio_output', 'request']
    .map((name) => `coalesce((other_units ->> '${name}')::numeric, 0) as ${name}`)
    .join(', '),
)

export type AccountUnitsRow = { account_id: Uuid; calls: bigint; charged: NanoUsd } & Record<
  | 'input'
  | 'cached_input'
  | 'cache_write'
  | 'output'
  | 'reasoning'
  | 'image'
  | 'audio_input'
  | 'audio_output'
  | 'request',
  bigint
>

/** What each account used of a model from a day (UTC) on: the sums that are kept, and the receipts that no sum has yet. */
export async function sumModelByAccount(db: Db, modelId: string, fromDay: string): Promise<AccountUnitsRow[]> {
  const { rows } = await sql<AccountUnitsRow>`
    select account_id, sum(calls)::bigint as calls, sum(charged)::bigint as charged, ${unitSums}
    from (
      select account_id, calls, charged, input, cached_input, cache_write, output, reasoning,
        image, audio_input, audio_output, request
      from usage_day where model_id = ${modelId} and day >= ${fromDay}::date
      union all
      select account_id, 1, charged, input, cached_input, cache_write, output, reasoning, ${otherUnits}
      from charge where model_id = ${modelId} and at >= ${fromDay}::date at time zone 'UTC'
        and posting > (select posting from usage_summed)
    ) as part
    group by account_id`.execute(db)
  return rows
}

/** The newest receipts of a time: at most so many, in the order of the primary key. */
const newest = (from: Date, looksMost: number) => sql`
  select * from charge where ${placeOf({ from })} order by call_id desc limit ${looksMost}`

/** The same through one offer; only receipts know offers. */
export async function sumOfferByAccount(
  db: Db,
  offerId: Uuid,
  from: Date,
  looksMost: number,
): Promise<AccountUnitsRow[]> {
  const { rows } = await sql<AccountUnitsRow>`
    select account_id, count(*) as calls, sum(charged)::bigint as charged, ${unitSums}
    from (
      select account_id, charged, input, cached_input, cache_write, output, reasoning, ${otherUnits}
      from (${newest(from, looksMost)}) as looked where offer_id = ${offerId}
    ) as part
    group by account_id`.execute(db)
  return rows
}

export type ProviderFiguresRow = {
  provider: string
  calls: bigint
  errors: bigint
  charged: NanoUsd
  owed: NanoUsd
  first_byte_ms: number | null
  duration_ms: number | null
}

export async function sumByProvider(db: Db, from: Date, looksMost: number): Promise<ProviderFiguresRow[]> {
  const { rows } = await sql<ProviderFiguresRow>`
    select provider, count(*) as calls, count(*) filter (where ${isError}) as errors,
      sum(charged)::bigint as charged, sum(provider_amount)::bigint as owed,
      percentile_disc(0.5) within group (order by first_byte_ms) filter (where status < 400) as first_byte_ms,
      percentile_disc(0.5) within group (order by duration_ms) filter (where status < 400) as duration_ms
    from (${newest(from, looksMost)}) as looked where provider is not null group by provider`.execute(db)
  return rows
}

/** When the oldest of them was made, where there are more than are looked at. */
export async function findOldestNewest(db: Db, from: Date, looksMost: number): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date }>`
    select at from charge where ${placeOf({ from })}
    order by call_id desc offset ${looksMost - 1} limit 1`.execute(db)
  return rows[0]?.at
}
