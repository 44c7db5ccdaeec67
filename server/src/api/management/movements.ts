import { z } from '@hono/zod-openapi'
import { toCredits, toUsd } from '../../core/money.ts'
import { type Movement, movementsOf, type MovementsOf } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { type Cell, csvAnswer } from '../csv.ts'
import { invalid } from '../faults.ts'
import { timeField } from '../fields.ts'
import { movementSchema, movementView } from '../movement.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { timeIn, zoneField } from '../zone.ts'
import { accountThere } from './account-there.ts'
import { accountParams } from './accounts.ts'

const tag = 'Ledger'

const filterFields = {
  kind: z
    .string()
    .regex(/^[a-z][a-z0-9_-]{0,39}$/, { error: 'must be a kind of movements such as usage or grant' })
    .optional()
    .openapi({ example: 'usage' }),
  direction: z.enum(['in', 'out'], { error: 'must be in or out' }).optional(),
  from: timeField.optional().openapi({ description: 'Posted from then on.' }),
  to: timeField.optional().openapi({ description: 'Posted before then.' }),
}

type Filter = z.output<z.ZodObject<typeof filterFields>>

const getLedger = operation({
  id: 'listMovements',
  method: 'get',
  path: '/accounts/{id}/ledger',
  tag,
  summary: 'List the movements of an account, newest first',
  description: 'Every movement of the posted balance; what is only on hold is at `/accounts/{id}/holds`.',
  allowed: 'management',
  params: accountParams,
  query: z.strictObject({ ...pageFields, ...filterFields }),
  answer: pageOf(movementSchema),
  run: async ({ db, bearer, params, query }) => {
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const filter = { accountId, ...filterOf(query) }
    const beforeSequence = sequenceIn(query.cursor)
    const rows = await movementsOf(db, { ...filter, beforeSequence, limit: query.limit + 1 })
    return pageFrom(rows, query.limit, { entry: movementView, position: ({ sequence }) => [String(sequence)] })
  },
})

const ledgerCsv = operation({
  id: 'exportMovements',
  method: 'get',
  path: '/accounts/{id}/ledger.csv',
  tag,
  summary: 'Export the movements of an account as CSV, newest first',
  allowed: 'management',
  params: accountParams,
  query: z.strictObject({ zone: zoneField, ...filterFields }),
  answer: csvAnswer,
  run: async ({ db, bearer, params, query }) => {
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const rows = rowsOf(db, { accountId, ...filterOf(query) }, query.zone)
    return { fileName: 'redpill-ledger.csv', rows }
  },
})

export const movementOperations: readonly AnyOperation[] = [getLedger, ledgerCsv]

function filterOf({ kind, direction, from, to }: Filter) {
  if (from && to && from >= to) throw invalid('from: must be before to', 'from')
  return { kind, direction, from, to }
}

async function* rowsOf(db: Db, filter: Omit<MovementsOf, 'limit'>, zone: string): AsyncGenerator<readonly Cell[]> {
  yield ['sequence', `time (${zone})`, 'kind', 'reference', 'credits', 'usd', 'balance_after_credits', 'note']
  const limit = 1_000
  for (let beforeSequence: bigint | undefined; ;) {
    const rows: Movement[] = await movementsOf(db, { ...filter, beforeSequence, limit })
    for (const { sequence, at, kind, reference, amount, balanceAfter, note } of rows)
      yield [
        sequence,
        timeIn(zone, at),
        kind,
        reference,
        toCredits(amount),
        toUsd(amount),
        toCredits(balanceAfter),
        note,
      ]
    if (rows.length < limit) return
    beforeSequence = rows.at(-1)!.sequence
  }
}

/** Where a page of what is counted by sequences ended. */
export function sequenceIn(cursor: string | undefined): bigint | undefined {
  const [before] = fromCursor(cursor, [isCount]) ?? []
  return before === undefined ? undefined : BigInt(before)
}

/** A sequence number as we write it. */
const isCount = (text: string): boolean => /^\d{1,18}$/.test(text)
