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

export type OfferUnitsRow = { account_id: Uuid; offer_id: Uuid | null; calls: bigint; charged: NanoUsd } & Record<
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

/** The newest receipts of a time: at most so many, in the order of the primary key. */
const newest = (from: Date, looksMost: number) => sql`
  select * from charge where ${placeOf({ from })} order by call_id desc limit ${looksMost}`

/** What each account used of a model through each offer; only receipts know offers. */
export async function sumModelByOffer(
  db: Db,
  modelId: string,
  from: Date,
  looksMost: number,
): Promise<OfferUnitsRow[]> {
  const { rows } = await sql<OfferUnitsRow>`
    select account_id, offer_id, count(*) as calls, sum(charged)::bigint as charged, ${unitSums}
    from (
      select account_id, offer_id, charged, input, cached_input, cache_write, output, reasoning, ${otherUnits}
      from (${newest(from, looksMost)}) as looked where model_id = ${modelId}
    ) as part
    group by account_id, offer_id`.execute(db)
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
