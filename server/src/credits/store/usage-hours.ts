import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../platform/database/index.ts'
import { all, type ChargeFilter, firstUuidAt, isError, placeOf, traitsOf } from './charge-filter.ts'
import { looked } from './search.ts'

type Sql = RawBuilder<unknown>

/** What the sums of server/migrations/0014-usage-hours.sql are kept by. */
const hourGroups = ['key', 'model', 'provider', 'status'] as const
/** What only receipts tell. */
const receiptGroups = ['model_asked', 'kind', 'finish_reason', 'streamed', 'user', 'session', 'app'] as const
export const seriesGroups = [...hourGroups, ...receiptGroups] as const
export type SeriesGroup = (typeof seriesGroups)[number]

const groupSql: Readonly<Record<SeriesGroup, Sql>> = {
  key: sql`key_id`,
  model: sql`model_id`,
  provider: sql`provider`,
  status: sql`status`,
  model_asked: sql`coalesce(detail ->> 'requested_model', '')`,
  kind: sql`coalesce(detail ->> 'endpoint', '')`,
  finish_reason: sql`coalesce(detail ->> 'finish_reason', '')`,
  streamed: sql`coalesce(detail ->> 'streamed', 'false')`,
  user: sql`coalesce(detail #>> '{labels,user}', '')`,
  session: sql`coalesce(detail #>> '{labels,session_id}', '')`,
  app: sql`coalesce(detail #>> '{labels,app_title}', detail #>> '{labels,http_referer}', '')`,
}

const tokensIn = sql`input + cached_input + cache_write + audio_input`
const tokensOut = sql`output + reasoning + audio_output`
const none = sql`0::bigint`
const answered = (amount: Sql): Sql => sql`case when status < 400 then ${amount} else 0 end`

/** Of how many is how much; lengths are those of `usage_length`. */
type MeasureSql = { readonly amount: Sql; readonly base: Sql; readonly lengths?: Sql }
const plain = (amount: Sql): MeasureSql => ({ amount, base: none })
const errors = sql`case when ${isError} then calls else 0 end`

const measures = {
  spend: plain(sql`charged`),
  calls: plain(sql`calls`),
  errors: plain(errors),
  error_rate: { amount: errors, base: sql`calls` },
  tokens_in: plain(tokensIn),
  tokens_out: plain(tokensOut),
  tokens_cached: plain(sql`cached_input`),
  tokens_reasoning: plain(sql`reasoning`),
  cache_share: { amount: sql`cached_input`, base: tokensIn },
  tokens_per_second: { amount: answered(tokensOut), base: answered(sql`duration_ms`) },
  /** Of calls that were answered; what fails at once would make them look quick. */
  durations: {
    amount: answered(sql`calls`),
    base: none,
    lengths: sql`case when status < 400 then durations else '' end`,
  },
  first_tokens: {
    amount: answered(sql`calls`),
    base: none,
    lengths: sql`case when status < 400 then first_bytes else '' end`,
  },
} as const satisfies Record<string, MeasureSql>
export type Measure = keyof typeof measures
const measureOf = (name: Measure): MeasureSql => measures[name]

export type SumsAsked = {
  readonly filter: ChargeFilter
  /** Ascending; the bars lie between each two of them. */
  readonly edges: readonly Date[]
  readonly groups: readonly SeriesGroup[]
  readonly measure: Measure
  /** How many groups keep their name; the rest are one. */
  readonly top: number
  /** The bar from which on groups are compared. */
  readonly rankedFrom: number
  /** The most receipts that are looked at where the sums do not tell. */
  readonly looksMost: number
}

export type SumRow = {
  /** From 1. */
  readonly bar: number
  /** Null for what is beyond the top. */
  readonly group: string | null
  readonly subgroup: string | null
  readonly amount: bigint
  readonly base: bigint
  readonly lengths: Buffer
}

/** Whether the sums by hour know what is asked, or only the receipts do. */
export function needsReceipts({ filter, edges, groups }: Pick<SumsAsked, 'filter' | 'edges' | 'groups'>): boolean {
  const { accountId: _a, keyId: _k, modelId: _m, provider: _p, status: _s, from: _f, to: _t, ...rest } = filter
  const asksMore = Object.values(rest).some(isGiven)
  return asksMore || groups.some((group) => receiptGroups.some((other) => other === group)) || cutsHours(edges)
}

const isGiven = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.values(value).some(isGiven) : value !== undefined

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The hours, or days, in which an edge lies: sums cannot be parted. */
function cutBy(edges: readonly Date[], unitMs: number): Date[] {
  const cut = edges.map((edge) => edge.getTime()).filter((ms) => ms % unitMs !== 0)
  return [...new Set(cut.map((ms) => ms - (ms % unitMs)))].map((ms) => new Date(ms))
}

/** Whether so many hours are cut that the sums are of no use: bars of minutes. */
function cutsHours(edges: readonly Date[]): boolean {
  const [first, second] = edges.slice(1)
  return first !== undefined && second !== undefined && second.getTime() - first.getTime() < hourMs
}

/**
 * Sums per bar, group and subgroup. Whole hours (of keys whole days) come from the sums that are kept; hours that an edge
 * cuts, and what no sum has yet, from receipts. One statement, so nothing is missed or met twice.
 */
export async function sumSeries(db: Db, asked: SumsAsked): Promise<SumRow[]> {
  const parts = needsReceipts(asked) ? [fromReceipts(asked)] : await fromSums(db, asked)
  const { amount, base, lengths } = measureOf(asked.measure)
  const [g, s] = [0, 1].map((at) => (asked.groups[at] ? groupSql[asked.groups[at]] : sql`''`))
  const columns = sql`width_bucket(moment, ${asked.edges}::timestamptz[]) as bar, ${g} as g, ${s} as s, ${amount} as amount,
    ${base} as base, ${lengths ?? sql`''::bytea`} as lengths`
  const rowsOfAll = sql.join(
    parts.map((part) => sql`select ${columns} from (${part}) as part`),
    sql` union all `,
  )
  // An aggregate of lengths weighs a kilobyte for each of its groups, so it is made only where they are asked for.
  const sums = sql`sum(amount)::bigint as amount, sum(base)::bigint as base,
    ${lengths ? sql`string_agg(lengths, ''::bytea)` : sql`''::bytea`} as lengths`
  // A cell for each bar and group is mostly far less than there are rows; but of keys by something else it is hardly less,
  // and then it is cheaper to go through the rows twice.
  const isFine = asked.groups.length === 2 && asked.groups.includes('key')
  const cells = isFine
    ? sql`not materialized (${rowsOfAll})`
    : sql`materialized (select bar, g, s, ${sums} from (${rowsOfAll}) as part group by bar, g, s)`
  const { rows } = await sql<SumRow>`
    with cell as ${cells},
    named as materialized (
      select g, s from cell group by g, s
      order by sum(amount) filter (where bar >= ${asked.rankedFrom}) desc nulls last, g, s limit ${asked.top}
    )
    select bar, named.g::text as "group", named.s::text as subgroup, ${sums}
    from cell left join named on named.g = cell.g and named.s = cell.s
    group by bar, named.g, named.s order by bar, named.g, named.s`.execute(db)
  return rows
}

/** A receipt with the names of the sums. */
const receiptColumns = sql`at as moment, key_id, model_id, coalesce(provider, '') as provider, status, 1::bigint as calls, charged,
  input, cached_input, cache_write, coalesce((other_units ->> 'audio_input')::numeric, 0)::bigint as audio_input,
  output, reasoning, coalesce((other_units ->> 'audio_output')::numeric, 0)::bigint as audio_output,
  duration_ms::bigint as duration_ms, usage_length(duration_ms) as durations,
  coalesce(usage_length(first_byte_ms), '') as first_bytes, detail`

const fromReceipts = ({ filter, edges, looksMost }: SumsAsked): Sql => {
  const search = { filter: { ...filter, from: edges[0], to: edges.at(-1) }, before: undefined, looksMost }
  return sql`select ${receiptColumns} from (${looked(search)}) as looked where ${traitsOf(filter)}`
}

async function fromSums(db: Db, { filter, edges, groups }: SumsAsked): Promise<Sql[]> {
  const { accountId, keyId } = filter
  const [from, to] = [edges[0]!, edges.at(-1)!]
  const cutHours = cutBy(edges, hourMs)
  // The number that is read first tells the planner how few receipts are behind it; the one inside is that of the statement.
  const known = await findHoursSummed(db)
  const summed = sql`(select posting from usage_hours_summed)`
  const isFresh = all([
    placeOf({ accountId, keyId, from, to }),
    traitsOf(filter),
    sql`posting > ${known} and posting > ${summed}`,
  ])
  const byKey = keyId !== undefined || groups.includes('key')
  return [
    ...keptSums({ filter, from, to, cutHours, cutDays: byKey ? cutBy(edges, dayMs) : [] }, byKey),
    sql`select ${receiptColumns} from charge where ${isFresh}`,
    ...(cutHours.length === 0 ? [] : [cutReceipts(filter, { cut: cutHours, from, to }, summed)]),
  ]
}

type Kept = {
  readonly filter: ChargeFilter
  readonly from: Date
  readonly to: Date
  readonly cutHours: readonly Date[]
  readonly cutDays: readonly Date[]
}

const cutDaysMost = 4

/** Whole hours; of keys whole days, and the hours of the few days that an edge cuts. */
function keptSums({ filter, from, to, cutHours, cutDays }: Kept, byKey: boolean): Sql[] {
  const { accountId, keyId } = filter
  const kept = (table: string, unit: 'hour' | 'day', which: Sql | false) => {
    const moment = sql.ref(unit)
    const conditions = all([
      accountId !== undefined && sql`account_id = ${accountId}`,
      keyId !== undefined && sql`key_id = ${keyId}`,
      sql`${moment} >= ${from} and ${moment} < ${to}`,
      which,
      traitsOf(filter),
    ])
    return sql`select ${moment} as moment, ${byKey ? sql`key_id` : sql`null::uuid as key_id`}, model_id, provider, status,
      calls, charged, input, cached_input, cache_write, audio_input, output, reasoning, audio_output, duration_ms, durations,
      first_bytes, null::jsonb as detail from ${sql.ref(table)} where ${conditions}`
  }
  const whole = cutHours.length > 0 && sql`hour <> all (${cutHours}::timestamptz[])`
  if (!byKey) return [kept(accountId === undefined ? 'usage_hour_total' : 'usage_hour', 'hour', whole)]
  if (cutDays.length > cutDaysMost) return [kept('usage_hour_key', 'hour', whole)]
  if (cutDays.length === 0) return [kept('usage_day_key', 'day', false)]
  const ofCutDays = cutDays.map((day) => sql`(hour >= ${day} and hour < ${new Date(day.getTime() + dayMs)})`)
  return [
    kept('usage_day_key', 'day', sql`day <> all (${cutDays}::timestamptz[])`),
    kept('usage_hour_key', 'hour', all([whole, sql`(${sql.join(ofCutDays, sql` or `)})`])),
  ]
}

type Cut = { readonly cut: readonly Date[]; readonly from: Date; readonly to: Date }

/** The receipts of single hours, as far as they are in the sums: one look at an index for each. */
function cutReceipts(filter: ChargeFilter, { cut, from, to }: Cut, summed: Sql): Sql {
  const { accountId, keyId } = filter
  const spans = cut.map((hour) => ({
    start: new Date(Math.max(hour.getTime(), from.getTime())),
    end: new Date(Math.min(hour.getTime() + hourMs, to.getTime())),
  }))
  const conditions = all([
    placeOf({ accountId, keyId }),
    sql`call_id >= span.first_id and call_id < span.end_id and at >= span.starts and at < span.ends`,
    sql`posting <= ${summed}`,
    traitsOf(filter),
  ])
  return sql`select receipt.* from unnest(
      ${spans.map(({ start }) => start)}::timestamptz[], ${spans.map(({ end }) => end)}::timestamptz[],
      ${spans.map(({ start }) => firstUuidAt(start))}::uuid[], ${spans.map(({ end }) => firstUuidAt(end))}::uuid[]
    ) as span (starts, ends, first_id, end_id)
    cross join lateral (select ${receiptColumns} from charge where ${conditions} offset 0) as receipt`
}

/** Up to which posting receipts are in the sums by hour. */
export async function findHoursSummed(db: Db): Promise<bigint> {
  const { rows } = await sql<{ posting: bigint }>`select posting from usage_hours_summed`.execute(db)
  return rows[0]!.posting
}
