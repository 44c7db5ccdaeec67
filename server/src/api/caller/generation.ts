import { z } from '@hono/zod-openapi'
import { callIdOf, type Uuid } from '../../core/ids.ts'
import { findCharge, findOpenHold } from '../../credits/index.ts'
import { undeliveredOf } from '../../gateway/index.ts'
import { mayUse } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf } from '../fields.ts'
import { generationOf, generationSchema, runningGeneration } from '../generation.ts'
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
  query: z.strictObject({ id: generationIdField }),
  answer: dataOf(generationSchema),
  run: async ({ db, bearer, query }) => {
    const callId = callMeant(query.id)
    // The hold first: a call that settles between the two readings is then found as a charge.
    const hold = await findOpenHold(db, callId)
    if (hold && mayUse(bearer, hold.accountId)) return { data: runningGeneration(hold) }
    const charge = await findCharge(db, callId)
    if (!charge || !mayUse(bearer, charge.accountId)) throw notFound('generation')
    return { data: generationOf(charge, await undeliveredOf(db, [callId])) }
  },
})
