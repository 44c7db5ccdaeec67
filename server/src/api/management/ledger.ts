import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import { type NanoUsd, toCredits } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { findAccount } from '../../accounts/index.ts'
import { correct, grant, lotsOf, movementsOf } from '../../credits/index.ts'
import { accountMeant, type Bearer } from '../auth.ts'
import { notFound } from '../faults.ts'
import {
  creditsText,
  dataOf,
  idField,
  listOf,
  nameField,
  positiveCreditsField,
  refusePast,
  timeField,
  timeOrNull,
  timeText,
} from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { accountParams } from './accounts.ts'

const tag = 'Ledger'

const movement = z
  .object({
    sequence: z.string().openapi({ description: 'Counts the movements of the account, without gaps.' }),
    at: timeText,
    kind: z.string().openapi({ example: 'usage' }),
    reference: z.string().openapi({ description: 'The generation of a charge, else what the movement was called by.' }),
    credits: creditsText.openapi({ description: 'What came in is positive, what was spent negative.' }),
    balance_after: creditsText,
    note: z.string().nullable(),
  })
  .openapi('Movement')

const transfer = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    account_id: z.string().openapi({ format: 'uuid' }),
    kind: z.enum(['grant', 'correction']),
    credits: creditsText.openapi({ description: 'Always positive; a correction takes them away.' }),
    reason: z.string(),
    reference: z.string().openapi({ description: 'The ledger takes a reference once.' }),
    balance_after: creditsText,
  })
  .openapi('Transfer')

const lot = z
  .object({
    id: z.string().openapi({ format: 'uuid', description: 'The transfer that brought the credits.' }),
    kind: z.enum(['purchased', 'granted', 'earned']),
    credits: creditsText,
    credits_left: creditsText,
    created_at: timeText,
    held_until: timeText.nullable().openapi({ description: 'Refundable or claimable only from then on.' }),
    expires_at: timeText.nullable(),
    refundable: z.boolean(),
  })
  .openapi('Lot')

const postGrant = operation({
  id: 'grantCredits',
  method: 'post',
  path: '/accounts/{id}/grants',
  tag,
  summary: 'Grant credits to an account',
  description: 'With an `Idempotency-Key` the credits are granted once, however often and however late it is repeated.',
  allowed: 'operator',
  params: accountParams,
  body: z.strictObject({ credits: positiveCreditsField, reason: nameField, expires_at: timeField.optional() }),
  answer: dataOf(transfer),
  status: 201,
  audit: { kind: 'transfer' },
  run: async ({ api, db, params: { id: accountId }, body, idempotencyKey }) => {
    const { credits: amount, reason, expires_at: expiresAt } = body
    refusePast('expires_at', expiresAt, api.clock)
    const transferId = api.makeId()
    const reference = referenceOf(accountId, idempotencyKey) ?? transferId
    const granted = await grant(db, { transferId, accountId, amount, reference, note: reason, expiresAt })
    if (granted.kind === 'unknown') throw notFound('account')
    if (granted.kind === 'conflict') throw usedBefore()
    return { data: inWords({ kind: 'grant', accountId, amount, reason, reference }, granted) }
  },
})

const postCorrection = operation({
  id: 'takeBackCredits',
  method: 'post',
  path: '/accounts/{id}/corrections',
  tag,
  summary: 'Take back credits that were granted, by a transfer that names the grant',
  description:
    'At most what the grant brought and what the account has available; nothing on the ledger is ever changed.',
  allowed: 'operator',
  params: accountParams,
  body: z.strictObject({ transfer_id: idField, credits: positiveCreditsField, reason: nameField }),
  answer: dataOf(transfer),
  status: 201,
  audit: { kind: 'transfer' },
  run: async ({ api, db, params: { id: accountId }, body, idempotencyKey }) => {
    const { transfer_id: reverses, credits: amount, reason } = body
    const lots = await lotsOf(db, accountId)
    if (!lots.some(({ transferId }) => transferId === reverses))
      throw notFound('transfer of this account', 'transfer_id')
    const transferId = api.makeId()
    const reference = referenceOf(accountId, idempotencyKey) ?? transferId
    const corrected = await correct(db, { transferId, reverses, amount, reference, note: reason })
    switch (corrected.kind) {
      case 'posted':
      case 'replayed':
        return { data: inWords({ kind: 'correction', accountId, amount, reason, reference }, corrected) }
      case 'exceeded':
        throw new AppError('conflict', {
          message: `At most ${toCredits(corrected.available)} credits can be taken back.`,
          param: 'credits',
          metadata: { available_credits: toCredits(corrected.available) },
        })
      case 'conflict':
        throw usedBefore()
      case 'unknown':
        throw notFound('transfer', 'transfer_id')
    }
  },
})

const getLedger = operation({
  id: 'listMovements',
  method: 'get',
  path: '/accounts/{id}/ledger',
  tag,
  summary: 'List the movements of an account, newest first',
  allowed: 'management',
  params: accountParams,
  query: z.strictObject(pageFields),
  answer: pageOf(movement),
  run: async ({ db, bearer, params, query }) => {
    const accountId = await accountThere(db, bearer, params.id)
    const [before] = fromCursor(query.cursor, [isCount]) ?? []
    const beforeSequence = before === undefined ? undefined : BigInt(before)
    const rows = await movementsOf(db, { accountId, beforeSequence, limit: query.limit + 1 })
    return pageFrom(rows, query.limit, {
      entry: ({ sequence, at, kind, reference, amount, balanceAfter, note }) => ({
        sequence: String(sequence),
        at: at.toISOString(),
        kind,
        reference,
        credits: toCredits(amount),
        balance_after: toCredits(balanceAfter),
        note: note ?? null,
      }),
      position: ({ sequence }) => [String(sequence)],
    })
  },
})

const getLots = operation({
  id: 'listLots',
  method: 'get',
  path: '/accounts/{id}/lots',
  tag,
  summary: 'List the credits that came in, and what is left of each',
  description: 'Credits that expire first are used first, then the oldest.',
  allowed: 'management',
  params: accountParams,
  answer: listOf(lot),
  run: async ({ db, bearer, params }) => {
    const lots = await lotsOf(db, await accountThere(db, bearer, params.id))
    const data = lots.map(({ transferId, kind, amount, left, createdAt, heldUntil, expiresAt, refundable }) => ({
      id: transferId,
      kind,
      credits: toCredits(amount),
      credits_left: toCredits(left),
      created_at: createdAt.toISOString(),
      held_until: timeOrNull(heldUntil),
      expires_at: timeOrNull(expiresAt),
      refundable,
    }))
    return { data }
  },
})

export const ledgerOperations: readonly AnyOperation[] = [postGrant, postCorrection, getLedger, getLots]

/** A sequence number as we write it. */
const isCount = (text: string): boolean => /^\d{1,18}$/.test(text)

async function accountThere(db: Db, bearer: Bearer, id: Uuid): Promise<Uuid> {
  const accountId = accountMeant(bearer, id)
  if (!(await findAccount(db, accountId))) throw notFound('account')
  return accountId
}

/** The ledger takes a reference once, for ever: so the key protects the money even when its row was purged long ago. */
const referenceOf = (accountId: Uuid, idempotencyKey: string | undefined): string | undefined =>
  idempotencyKey === undefined ? undefined : `${accountId}:${idempotencyKey}`

type Told = Pick<z.input<typeof transfer>, 'kind' | 'reason' | 'reference'> & { accountId: Uuid; amount: NanoUsd }

const inWords = (
  { kind, accountId, amount, reason, reference }: Told,
  { transferId, balanceAfter }: { readonly transferId: Uuid; readonly balanceAfter: NanoUsd },
): z.input<typeof transfer> => ({
  id: transferId,
  account_id: accountId,
  kind,
  credits: toCredits(amount),
  reason,
  reference,
  balance_after: toCredits(balanceAfter),
})

const usedBefore = () =>
  new AppError('idempotency_conflict', { message: 'This Idempotency-Key was used for another movement.' })
