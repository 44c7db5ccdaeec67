import { z } from '@hono/zod-openapi'
import { isUuid } from '../../../core/ids.ts'
import { keyNames } from '../../../accounts/index.ts'
import {
  type Charge,
  type ChargeFilter,
  type FoundCharges,
  searchCharges,
  type SearchPlace,
} from '../../../credits/index.ts'
import { undeliveredOf } from '../../../gateway/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { callFields, callsAsked } from '../../call-filter.ts'
import { timeText } from '../../fields.ts'
import { generationOf, generationSchema } from '../../generation.ts'
import { operation } from '../../operation.ts'
import { fromCursor, pageFields, pageOf, toCursor } from '../../pages.ts'

const listedSchema = generationSchema.extend({
  key_name: z.string().nullable().openapi({ description: 'What the key is called now, or was when it was deleted.' }),
})

export const listGenerations = operation({
  id: 'listGenerations',
  method: 'get',
  path: '/generations',
  tag: 'Usage',
  summary: 'Search the receipts of calls that ended, newest first',
  description:
    'A page looks at no more than 20,000 receipts: a search for what is rare may answer fewer entries than asked for, or ' +
    'none, together with a `next_cursor` to go on from and `searched_until`, how far back it has looked. A search by labels ' +
    '(`trace_id`, `user`, `metadata` ...) looks at the last 31 days unless `from` is given.',
  allowed: 'management',
  query: z.strictObject({ ...pageFields, ...callFields }),
  answer: pageOf(listedSchema).extend({
    searched_until: timeText.nullable().openapi({ description: 'Null when everything was looked at.' }),
  }),
  run: async ({ api, db, bearer, query }) => {
    const filter = callsAsked(bearer, query, api.clock.nowMs())
    const before = placeIn(query.cursor)
    const found = await searchCharges(db, { ...filter, before, limit: query.limit })
    return {
      data: await callRows(db, found.charges),
      next_cursor: found.next ? toCursor([found.next.callId, found.next.countedAt]) : null,
      searched_until: found.next ? new Date(found.next.countedAt).toISOString() : null,
    }
  },
})

const isMoment = (text: string): boolean =>
  /^\d{4}-\d\d-\d\dT[\d:.]{15}Z$/.test(text) && !Number.isNaN(Date.parse(text))

function placeIn(cursor: string | undefined): SearchPlace | undefined {
  const [callId, countedAt] = fromCursor(cursor, [isUuid, isMoment]) ?? []
  return callId === undefined ? undefined : { callId, countedAt: countedAt! }
}

/** Receipts as the list has them. */
export async function callRows(db: Db, charges: readonly Charge[]): Promise<z.input<typeof listedSchema>[]> {
  const undelivered = await undeliveredOf(
    db,
    charges.map(({ callId }) => callId),
  )
  const names = await keyNames(
    db,
    charges.map(({ keyId }) => keyId),
  )
  return charges.map((charge) => ({
    ...generationOf(charge, undelivered),
    key_name: names.get(charge.keyId)?.name ?? null,
  }))
}

/** Every receipt that matches, newest first, read in pages as they are taken. */
export async function* allFound(db: Db, filter: ChargeFilter) {
  for (let before: SearchPlace | undefined; ;) {
    const found: FoundCharges = await searchCharges(db, { ...filter, before, limit: 1_000 })
    yield found.charges
    if (!found.next) return
    before = found.next
  }
}
