import { type RawBuilder, sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { type ChargeFilter, conditionOf } from './charge-filter.ts'
import { tables } from './tables.ts'

export const usageDimensions = ['key', 'model', 'day', 'status', 'user', 'session', 'app'] as const
export type UsageDimension = (typeof usageDimensions)[number]

const dimensionSql: Readonly<Record<UsageDimension, RawBuilder<unknown>>> = {
  key: sql`key_id`,
  model: sql`model_id`,
  day: sql`to_char(at at time zone 'UTC', 'YYYY-MM-DD')`,
  status: sql`status`,
  user: sql`coalesce(detail #>> '{labels,user}', '')`,
  session: sql`coalesce(detail #>> '{labels,session_id}', '')`,
  app: sql`coalesce(detail #>> '{labels,app_title}', detail #>> '{labels,http_referer}', '')`,
}

export type UsageSums = {
  key?: Uuid
  model?: string
  day?: string
  status?: number
  user?: string
  session?: string
  app?: string
  calls: bigint
  charged: NanoUsd
} & Record<'input' | 'cached_input' | 'cache_write' | 'output' | 'reasoning', bigint> &
  Record<'image' | 'audio_input' | 'audio_output' | 'request', bigint>

/** Sums per combination of the dimensions. */
export async function sumUsage(
  db: Db,
  filter: ChargeFilter,
  dimensions: readonly UsageDimension[],
): Promise<UsageSums[]> {
  let query = tables(db)
    .selectFrom('charge')
    .where(conditionOf(filter))
    .select(sql<bigint>`count(*)`.as('calls'))
    .select(sql<bigint>`coalesce(sum(charged), 0)::bigint`.as('charged'))
    .select((['input', 'cached_input', 'cache_write', 'output', 'reasoning'] as const).map(columnSum))
    .select((['image', 'audio_input', 'audio_output', 'request'] as const).map(otherSum))
  for (const dimension of dimensions) {
    const by = dimensionSql[dimension]
    query = query.select(by.as(dimension)).groupBy(by).orderBy(by)
  }
  return (await query.execute()) as unknown as UsageSums[]
}

const columnSum = <Name extends string>(name: Name) => sql<bigint>`coalesce(sum(${sql.ref(name)}), 0)::bigint`.as(name)
const otherSum = <Name extends string>(name: Name) =>
  sql<bigint>`coalesce(sum((other_units ->> ${sql.lit(name)})::numeric), 0)::bigint`.as(name)

export type BoundRow = { model_id: string; calls: bigint; output_p95: number; tokens_per_byte_p99: number | null }

/** Percentiles per model over the newest calls that a provider counted. Prompts of a few bytes say nothing of a ratio. */
export async function findBoundRows(db: Db, from: Date, callsMax: number, bytesMin: number): Promise<BoundRow[]> {
  const { rows } = await sql<BoundRow>`
    select model_id, count(*) as calls,
      percentile_disc(0.95) within group (order by (output + reasoning)::float8) as output_p95,
      percentile_disc(0.99) within group (order by (input + cached_input + cache_write)::float8 / nullif(prompt_bytes, 0))
        filter (where prompt_bytes >= ${bytesMin}) as tokens_per_byte_p99
    from (
      select model_id, input, cached_input, cache_write, output, reasoning, prompt_bytes from charge
      where at >= ${from} and state = 'ok' and usage_source = 'provider'
      order by call_id desc limit ${callsMax}
    ) newest
    group by model_id`.execute(db)
  return rows
}
