import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import { type NanoUsd, toCredits } from '../../core/money.ts'
import { keepAccount } from '../../accounts/index.ts'
import { correct, grant, lotsOf } from '../../credits/index.ts'
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
import { accountThere } from './account-there.ts'
import { accountParams } from './accounts.ts'

const tag = 'Ledger'

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
    held_until: timeText.nullable().openapi({
      description: 'Neither paid out nor traded before; a refund to where the money came from is not held.',
    }),
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
    if (!(await keepAccount(db, accountId))) throw notFound('account')
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
    if (!(await keepAccount(db, accountId))) throw notFound('account')
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
    const lots = await lotsOf(db, (await accountThere(db, bearer, params.id)).id)
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

export const ledgerOperations: readonly AnyOperation[] = [postGrant, postCorrection, getLots]

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
