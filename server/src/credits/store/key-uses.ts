import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { findHoursSummed } from './usage-hours.ts'

export type KeyUseRow = {
  key_id: Uuid
  day: NanoUsd
  week: NanoUsd
  month: NanoUsd
  last_at: Date | null
  last_app: string | null
}

/**
 * Windows begin with days, so the sums by day know them. The last call lies in the last hour that is summed up, if there is
 * one, or is newer: from there on one look at an index for each key.
 */
export async function findKeyUseRows(db: Db, keyIds: readonly Uuid[], now: Date): Promise<KeyUseRow[]> {
  const known = await findHoursSummed(db)
  const start = (window: string) => sql`ledger_window_start(${window}, ${now}::timestamptz)`
  const since = (window: string) =>
    sql`coalesce(sum(charged) filter (where moment >= ${start(window)}), 0)::bigint as ${sql.ref(window)}`
  const first = sql`least(${start('week')}, ${start('month')})`
  const isFresh = sql`posting > ${known} and posting > (select posting from usage_hours_summed)`
  const { rows } = await sql<KeyUseRow>`
    with fresh as materialized (
      select key_id, at, charged from charge where key_id = any (${keyIds}::uuid[]) and ${isFresh}
    ),
    spent as (
      select key_id, ${since('day')}, ${since('week')}, ${since('month')} from (
        select key_id, day as moment, charged from usage_day_key where key_id = any (${keyIds}::uuid[]) and day >= ${first}
        union all
        select key_id, at, charged from fresh where at >= ${first}
      ) as part group by key_id
    ),
    newest as (
      select asked.key_id, coalesce(
        (select max(at) from fresh where fresh.key_id = asked.key_id),
        (select max(hour) from usage_hour_key summed where summed.key_id = asked.key_id)
      ) as since
      from unnest(${keyIds}::uuid[]) as asked (key_id)
    )
    select budget.key_id, coalesce(spent.day, 0) as day, coalesce(spent.week, 0) as week, coalesce(spent.month, 0) as month,
      last.at as last_at, last.app as last_app
    from key_budget budget
    join newest using (key_id)
    left join spent using (key_id)
    left join lateral (
      select at, coalesce(detail #>> '{labels,app_title}', detail #>> '{labels,http_referer}') as app
      from charge where charge.key_id = newest.key_id and at >= newest.since
      order by counted_at desc limit 1
    ) as last on true`.execute(db)
  return rows
}
