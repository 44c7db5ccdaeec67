import { z } from '@hono/zod-openapi'
import { callIdOf, type Uuid } from '../../core/ids.ts'
import { type Charge, findCharge, findOpenHold, findTracedHold, searchCharges } from '../../credits/index.ts'
import { undeliveredOf } from '../../gateway/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { accountIdOf, type Bearer, mayUse } from '../auth.ts'
import { invalid, notFound } from '../faults.ts'
import { dataOf } from '../fields.ts'
import { type Generation, generationOf, generationSchema, runningGeneration } from '../generation.ts'
import { operation } from '../operation.ts'

export const generationIdField = z
  .string()
  .refine((text) => callIdOf(text) !== undefined, { error: 'must be the x-generation-id of an answer: gen-...' })
  .openapi({ example: 'gen-01980f3e-7c1a-7000-8000-0123456789ab' })

/** The call behind a field that was checked. */
export const callMeant = (generation: string): Uuid => callIdOf(generation)!

export const getGeneration = operation({
  id: 'getGeneration',
  method: 'get',
  path: '/generation',
  tag: 'Your key',
  summary: 'Get the receipt of a call',
  description:
    'A call that is under way, in any process, is there too, in state `running`: what is held for it, and of a stream ' +
    'the tokens so far, as estimated a second ago.',
  allowed: 'key',
  query: z.strictObject({
    id: generationIdField.optional(),
    trace_id: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .openapi({
        description:
          "Instead of the id, which comes with the answer's head: the `x-redpill-trace-id` that the call was given. Finds " +
          'the newest such call of the account, under way or of the last 24 hours.',
      }),
  }),
  answer: dataOf(generationSchema),
  async run({ api, db, bearer, query: { id, trace_id: traceId } }) {
    if ((id === undefined) === (traceId === undefined)) throw invalid('Give either id or trace_id.', 'id')
    const found =
      traceId === undefined
        ? await findCall(db, bearer, callMeant(id!))
        : await findTraced(db, accountIdOf(bearer), traceId, api.clock.nowMs())
    if (!found) throw notFound('generation')
    return { data: found }
  },
})

async function findCall(db: Db, bearer: Bearer, callId: Uuid): Promise<Generation | undefined> {
  // The hold first: a call that settles between the two readings is then found as a charge.
  const hold = await findOpenHold(db, callId)
  if (hold && mayUse(bearer, hold.accountId)) return runningGeneration(hold)
  const charge = await findCharge(db, callId)
  return charge && mayUse(bearer, charge.accountId) ? receiptOf(db, charge) : undefined
}

/** Receipts have no index of what they are named: only those of a day are looked through. */
const tracedMs = 24 * 3_600_000

async function findTraced(db: Db, accountId: Uuid, traceId: string, nowMs: number): Promise<Generation | undefined> {
  const hold = await findTracedHold(db, accountId, traceId)
  if (hold) return runningGeneration(hold)
  const search = { accountId, labels: { trace_id: traceId }, from: new Date(nowMs - tracedMs), limit: 1 }
  const [charge] = (await searchCharges(db, search)).charges
  return charge && receiptOf(db, charge)
}

const receiptOf = async (db: Db, charge: Charge): Promise<Generation> =>
  generationOf(charge, await undeliveredOf(db, [charge.callId]))
