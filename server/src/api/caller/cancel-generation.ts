import { z } from '@hono/zod-openapi'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Uuid } from '../../core/ids.ts'
import { findCharge, findOpenHold } from '../../credits/index.ts'
import { requestCancel, undeliveredOf } from '../../gateway/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { type Bearer, mayUse } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf } from '../fields.ts'
import { type Generation, generationOf, generationSchema, runningGeneration } from '../generation.ts'
import { operation } from '../operation.ts'
import { callMeant, generationIdField } from './generation.ts'

const lookEveryMs = 50
/** A process that was cut off from the database for a moment has not heard the first request. */
const askEvery = 20
const looksMax = 200

export const cancelGeneration = operation({
  id: 'cancelGeneration',
  method: 'post',
  path: '/generation/{id}/cancel',
  tag: 'Your key',
  summary: 'Cancel a call that is under way',
  description:
    'Its provider is cancelled at once, its answer ends with the error `call_cancelled`, and what was delivered is ' +
    'charged. Answers with the receipt; of a call that had ended before, with the receipt that it has. State `running`: ' +
    'it could not be reached within ten seconds; ask again.',
  allowed: 'key',
  permission: 'keys',
  params: z.strictObject({ id: generationIdField }),
  answer: dataOf(generationSchema),
  readsOnly: true,
  run: async ({ db, bearer, params }) => ({ data: await cancelled(db, bearer, callMeant(params.id)) }),
})

/** Waits until the call has ended, at most ten seconds. */
async function cancelled(db: Db, bearer: Bearer, callId: Uuid): Promise<Generation> {
  for (let looks = 0; ; looks++) {
    // The hold first: a call that settles between the two readings is then found as a charge.
    const hold = await findOpenHold(db, callId)
    if (!hold) break
    if (!mayUse(bearer, hold.accountId)) throw notFound('generation')
    if (looks === looksMax) return runningGeneration(hold)
    if (looks % askEvery === 0) await requestCancel(db, callId)
    await sleep(lookEveryMs)
  }
  const charge = await findCharge(db, callId)
  if (!charge || !mayUse(bearer, charge.accountId)) throw notFound('generation')
  return generationOf(charge, await undeliveredOf(db, [callId]))
}
