import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../core/ids.ts'
import { toCredits } from '../../core/money.ts'
import type { Account } from '../../accounts/index.ts'
import { balanceOf, statementOf } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Bearer } from '../auth.ts'
import { type Cell, csvAnswer } from '../csv.ts'
import { notFound } from '../faults.ts'
import { creditsText, dataOf, idField, listOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { accountThere } from './account-there.ts'
import { accountParams } from './accounts.ts'

const tag = 'Ledger'
const monthPattern = /^\d{4}-(?:0[1-9]|1[0-2])$/
const monthError = { error: 'must be a month such as 2026-01' }

const line = z.object({
  kind: z.string().openapi({ example: 'usage' }),
  movements: z.number().int(),
  credits: creditsText.openapi({ description: 'What came in is positive.' }),
})

const statement = z
  .object({
    account_id: z.string().openapi({ format: 'uuid' }),
    account_name: z.string(),
    month: z.string().openapi({ example: '2026-01' }),
    from: timeText,
    to: timeText,
    is_complete: z.boolean().openapi({ description: 'Whether the month is over.' }),
    opening_credits: creditsText.openapi({ description: 'What the last movement before the month left.' }),
    lines: z.array(line).openapi({ description: 'The movements by kind; `usage` are the charges of calls.' }),
    closing_credits: creditsText.openapi({ description: 'What the last movement of the month left.' }),
    difference_credits: creditsText.openapi({
      description: 'Opening and lines less closing: 0, or the books are wrong.',
    }),
    on_hold_credits: creditsText.nullable().openapi({
      description: 'Of the month that runs: reserved now for calls under way, out of the closing balance.',
    }),
    as_of: timeText,
  })
  .openapi('Statement')

const getMonths = operation({
  id: 'listStatements',
  method: 'get',
  path: '/accounts/{id}/statements',
  tag,
  summary: 'List the months of an account, newest first',
  allowed: 'management',
  params: accountParams,
  answer: listOf(z.object({ month: z.string(), is_complete: z.boolean() })),
  run: async ({ api, db, bearer, params }) => {
    const { createdAt } = await accountThere(db, bearer, params.id)
    const now = new Date(api.clock.nowMs())
    const data = []
    for (let month = monthOf(now); month >= monthOf(createdAt); month = monthBefore(month))
      data.push({ month, is_complete: endOf(month) <= now })
    return { data }
  },
})

const getStatement = operation({
  id: 'getStatement',
  method: 'get',
  path: '/accounts/{id}/statements/{month}',
  tag,
  summary: 'Get the statement of a month: opening balance, movements by kind, closing balance',
  description:
    'Months are those of UTC, by the time at which movements were posted: a call that was begun in January and charged in ' +
    'February is on the statement of February. Nothing that was posted changes, so neither does the statement of a month that is over.',
  allowed: 'management',
  params: z.strictObject({ id: idField, month: z.string().regex(monthPattern, monthError) }),
  answer: dataOf(statement),
  run: async ({ api, db, bearer, params }) => ({ data: await tell(db, bearer, params, api.clock.nowMs()) }),
})

const statementCsv = operation({
  id: 'exportStatement',
  method: 'get',
  path: '/accounts/{id}/statements/{month}.csv',
  tag,
  summary: 'Export the statement of a month as CSV',
  allowed: 'management',
  params: z.strictObject({ id: idField, month: z.string().regex(monthPattern, monthError) }),
  answer: csvAnswer,
  run: async ({ api, db, bearer, params }) => {
    const told = await tell(db, bearer, params, api.clock.nowMs())
    return { fileName: `redpill-statement-${params.month}.csv`, rows: rowsOf(told) }
  },
})

export const statementOperations: readonly AnyOperation[] = [getMonths, statementCsv, getStatement]

type Told = z.input<typeof statement>

async function tell(db: Db, bearer: Bearer, { id, month }: { id: Uuid; month: string }, nowMs: number): Promise<Told> {
  const account = await accountThere(db, bearer, id)
  const now = new Date(nowMs)
  const [from, to] = [startOf(month), endOf(month)]
  if (month < monthOf(account.createdAt) || from > now) throw notFound('statement')
  const { opening, lines, closing, difference } = await statementOf(db, id, { from, to })
  return {
    ...named(account),
    month,
    from: from.toISOString(),
    to: to.toISOString(),
    is_complete: to <= now,
    opening_credits: toCredits(opening),
    lines: lines.map(({ kind, movements, amount }) => ({ kind, movements, credits: toCredits(amount) })),
    closing_credits: toCredits(closing),
    difference_credits: toCredits(difference),
    on_hold_credits: to <= now ? null : toCredits((await balanceOf(db, id))!.held),
    as_of: now.toISOString(),
  }
}

const named = ({ id, name }: Account) => ({ account_id: id, account_name: name })

async function* rowsOf(told: Told): AsyncGenerator<readonly Cell[]> {
  yield ['line', 'movements', 'credits', 'month (UTC)', 'account_id', 'account_name']
  const row = (name: string, movements: number | null, credits: string): readonly Cell[] => [
    ...[name, movements, credits, told.month, told.account_id, told.account_name],
  ]
  yield row('opening balance', null, told.opening_credits)
  for (const { kind, movements, credits } of told.lines) yield row(kind, movements, credits)
  yield row('closing balance', null, told.closing_credits)
  yield row('difference', null, told.difference_credits)
}

const monthOf = (at: Date): string => at.toISOString().slice(0, 7)
const startOf = (month: string): Date => new Date(`${month}-01T00:00:00Z`)
const endOf = (month: string): Date => startOf(monthOf(new Date(startOf(month).getTime() + 32 * 86_400_000)))
const monthBefore = (month: string): string => monthOf(new Date(startOf(month).getTime() - 86_400_000))
