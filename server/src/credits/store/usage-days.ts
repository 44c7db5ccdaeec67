import { type RawBuilder, sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { UsageSums } from './usage.ts'

/** What the sums of server/migrations/0010-usage-days.sql are kept by. */
const dayDimensions = ['key', 'model', 'day', 'status'] as const
export type DayDimension = (typeof dayDimensions)[number]

export const isDayDimension = (name: string): name is DayDimension => dayDimensions.some((known) => known === name)

export type DaysFilter = {
  readonly accountId?: Uuid | undefined
  readonly keyId?: Uuid | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

const columns = ['input', 'cached_input', 'cache_write', 'output', 'reasoning'] as const
const others = ['image', 'audio_input', 'audio_output', 'request'] as const
const sums = ['calls', 'charged', ...columns, ...others] as const

const columnOf: Readonly<Record<DayDimension, string>> = {
  key: 'key_id',
  model: 'model_id',
  day: 'day',
  status: 'status',
}

/**
 * Sums per combination of the dimensions: whole days from the sums that are kept, the days that are cut by `from` and `to`
 * from their receipts, and so the receipts that no sum has yet. One statement, so nothing is missed or met twice.
 */
export async function sumUsageDays(
  db: Db,
  filter: DaysFilter,
  dimensions: readonly DayDimension[],
): Promise<UsageSums[]> {
  const { accountId, keyId } = filter
  const ofAll = accountId === undefined && keyId === undefined && !dimensions.includes('key')
  const whose = and([
    accountId !== undefined && sql`account_id = ${accountId}`,
    keyId !== undefined && sql`key_id = ${keyId}`,
  ])
  const { whole, cut, all } = spansOf(filter)
  // The number that is read first tells the planner how few receipts are behind it; the one inside is that of the statement.
  const known = (await sql<{ posting: bigint }>`select posting from usage_summed`.execute(db)).rows[0]!.posting
  const isFresh = sql`posting > ${known} and posting > (select posting from usage_summed)`
  const by = dimensions.map((dimension) => sql.ref(columnOf[dimension]))
  const kept = list([...by, ...sums.map((name) => sql.ref(name))])
  const fresh = list([
    ...dimensions.map((dimension) => (dimension === 'day' ? dayOfCharge : sql.ref(columnOf[dimension]))),
    sql`1`,
    sql`charged`,
    ...columns.map((name) => sql.ref(name)),
    ...others.map((name) => sql`(other_units ->> ${sql.lit(name)})::numeric`),
  ])
  const shown = dimensions.map((dimension) =>
    dimension === 'day'
      ? sql`to_char(day, 'YYYY-MM-DD') as day`
      : sql`${sql.ref(columnOf[dimension])} as ${sql.ref(dimension)}`,
  )
  const { rows } = await sql<UsageSums>`
    select ${list([...shown, ...sums.map((name) => sql`coalesce(sum(${sql.ref(name)}), 0)::bigint as ${sql.ref(name)}`)])}
    from (
      select ${kept} from ${sql.ref(ofAll ? 'usage_day_total' : 'usage_day')} where ${and([whose, whole])}
      union all
      select ${fresh} from charge where ${and([whose, all, isFresh])}
      union all
      select ${fresh} from charge where ${and([whose, cut, sql`posting <= (select posting from usage_summed)`])}
    ) as part (${list([...by, ...sums.map((name) => sql.ref(name))])})
    ${by.length === 0 ? sql`` : sql`group by ${list(by)} order by ${list(by)}`}`.execute(db)
  return rows
}

const dayOfCharge = sql`(at at time zone 'UTC')::date`

const dayMs = 86_400_000
const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** The whole days between two moments, as a condition on days; what is cut off at both ends, and all of it, on receipts. */
function spansOf({ from, to }: DaysFilter) {
  const fromMs = from?.getTime()
  const toMs = to?.getTime()
  const firstMs = fromMs === undefined ? undefined : Math.ceil(fromMs / dayMs) * dayMs
  const endMs = toMs === undefined ? undefined : Math.floor(toMs / dayMs) * dayMs
  const all = and([from && sql`at >= ${from}`, to && sql`at < ${to}`])
  // Both ends may lie in one day: then there is no whole day, and all of it is cut.
  if (firstMs !== undefined && endMs !== undefined && endMs < firstMs) return { whole: sql`false`, cut: all, all }
  const head = firstMs !== undefined && firstMs !== fromMs && sql`at >= ${from} and at < ${new Date(firstMs)}`
  const tail = endMs !== undefined && endMs !== toMs && sql`at >= ${new Date(endMs)} and at < ${to}`
  return {
    whole: and([
      firstMs !== undefined && sql`day >= ${dayText(firstMs)}::date`,
      endMs !== undefined && sql`day < ${dayText(endMs)}::date`,
    ]),
    cut: or([head, tail]),
    all,
  }
}

type Sql = RawBuilder<unknown>

const list = (items: readonly Sql[]): Sql => sql.join(items)

const present = (conditions: readonly (Sql | false | undefined)[]): Sql[] =>
  conditions.filter((condition) => condition !== undefined && condition !== false)

function and(conditions: readonly (Sql | false | undefined)[]): Sql {
  const given = present(conditions)
  return given.length === 0
    ? sql`true`
    : sql.join(
        given.map((condition) => sql`(${condition})`),
        sql` and `,
      )
}

function or(conditions: readonly (Sql | false | undefined)[]): Sql {
  const given = present(conditions)
  return given.length === 0
    ? sql`false`
    : sql.join(
        given.map((condition) => sql`(${condition})`),
        sql` or `,
      )
}

/** The last receipt that is certain to be seen, by its posting; `undefined` while some take long to be written. */
export async function callCertainPosting(db: Db): Promise<bigint | undefined> {
  const { rows } = await sql<{ posting: bigint | null }>`select usage_certain_posting() as posting`.execute(db)
  return rows[0]!.posting ?? undefined
}

export async function callSumUp(db: Db, certain: bigint, most: number): Promise<number> {
  const { rows } = await sql<{ postings: bigint }>`select usage_sum_up(${certain}, ${most}) as postings`.execute(db)
  return Number(rows[0]!.postings)
}

export async function callSumHours(db: Db, certain: bigint, most: number): Promise<number> {
  const { rows } = await sql<{ postings: bigint }>`select usage_sum_hours(${certain}, ${most}) as postings`.execute(db)
  return Number(rows[0]!.postings)
}
