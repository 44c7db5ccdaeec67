import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'

export type UseRow = { key_id: Uuid; account_id: Uuid; model_id: string; country: string | null; first: Date | null }

/** What keys were used for and from, in the receipts of some postings; `first`: the first answer, if there was one. */
export async function findUseRows(db: Db, after: bigint, until: bigint): Promise<UseRow[]> {
  const { rows } = await sql<UseRow>`
    select key_id, account_id, model_id, detail ->> 'country' as country, min(at) filter (where status < 400) as first
    from charge where posting > ${after} and posting <= ${until}
    group by 1, 2, 3, 4 order by 1, 5`.execute(db)
  return rows
}

export type HourSpendRow = { key_id: Uuid; hour: NanoUsd; usual: NanoUsd | null; hours: number }

/**
 * What keys spent in the hour of now, and the mean of the hours before in which they spent anything, from the sums by hour.
 * Only keys that spent at least `least` in this hour are looked at further back.
 */
export async function findHourSpendRows(
  db: Db,
  { keyIds, now, since, least }: { keyIds: readonly Uuid[]; now: Date; since: Date; least: NanoUsd },
): Promise<HourSpendRow[]> {
  const { rows } = await sql<HourSpendRow>`
    with this_hour as materialized (
      select key_id, sum(charged)::bigint as hour from usage_hour_key
      where key_id = any (${keyIds}::uuid[]) and hour = date_trunc('hour', ${now}::timestamptz, 'UTC')
      group by key_id having sum(charged) >= ${least}
    )
    select key_id, this_hour.hour, (past.charged / nullif(past.hours, 0))::bigint as usual, past.hours::integer as hours
    from this_hour cross join lateral (
      select sum(summed.charged) as charged, count(distinct summed.hour) as hours from usage_hour_key summed
      where summed.key_id = this_hour.key_id and summed.hour >= ${since}
        and summed.hour < date_trunc('hour', ${now}::timestamptz, 'UTC') and summed.charged > 0
    ) as past`.execute(db)
  return rows
}
