import { AppError } from '../core/errors.ts'
import type { Uuid } from '../core/ids.ts'
import { type NanoUsd, zero } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import { insertLotOf } from './store/debts.ts'
import {
  callTransfer,
  findTransferOf,
  findTransferRow,
  type PlatformAccount,
  platformAccounts,
  type TransferCall,
  type TransferRow,
} from './store/transfers.ts'
import type { LotKind } from './types.ts'

export type Grant = {
  /** Chosen by the caller; the id of the transfer when it is posted. */
  readonly transferId: Uuid
  readonly accountId: Uuid
  readonly amount: NanoUsd
  /** What this grant is for, in the caller's words: one grant per reference, for ever. */
  readonly reference: string
  readonly note?: string | undefined
  readonly expiresAt?: Date | undefined
  /** Neither paid out nor traded before; spendable at once, and refundable to where the money came from. */
  readonly heldUntil?: Date | undefined
  readonly refundable?: boolean | undefined
  /** Whether the credits were given (the default), bought or earned. */
  readonly kind?: LotKind | undefined
  /** The platform account that pays; each kind has its own. */
  readonly from?: PlatformAccount | undefined
  /** An earlier transfer of the same purchase: what is taken back of that one may be taken out of these credits too. */
  readonly joins?: Uuid | undefined
}

export type Granted =
  | { readonly kind: 'posted'; readonly transferId: Uuid; readonly balanceAfter: NanoUsd }
  /** The same grant was posted before; nothing moved. The id and the balance are those of then. */
  | { readonly kind: 'replayed'; readonly transferId: Uuid; readonly balanceAfter: NanoUsd }
  /** The reference belongs to a grant with other parameters, or the id to another transfer. */
  | { readonly kind: 'conflict' }
  /** There is no such account. */
  | { readonly kind: 'unknown' }

const grantKinds: Readonly<Record<LotKind, { transfer: string; from: PlatformAccount }>> = {
  granted: { transfer: 'grant', from: 'promo' },
  purchased: { transfer: 'purchase', from: 'clearing:stripe' },
  earned: { transfer: 'earning', from: 'provider-cost' },
}

/** Credits an account, exactly once per (kind, reference). The amount is positive. */
export async function grant(db: Db, request: Grant, now: Date | null = null): Promise<Granted> {
  requirePositive(request.amount)
  const { joins } = request
  if (joins === undefined) return post(db, request, now)
  return inTransaction(db, async (tx) => {
    const granted = await post(tx, request, now)
    if (granted.kind === 'posted') await insertLotOf(tx, granted.transferId, joins)
    return granted
  })
}

/** The grant that was posted under a reference: credits that were given, neither bought nor earned. */
export async function findGrant(
  db: Db,
  reference: string,
): Promise<{ readonly transferId: Uuid; readonly amount: NanoUsd } | undefined> {
  const row = await findTransferOf(db, grantKinds.granted.transfer, reference)
  return row && { transferId: row.id, amount: row.amount }
}

async function post(db: Db, request: Grant, now: Date | null): Promise<Granted> {
  const { kind = 'granted', heldUntil, expiresAt, refundable = kind === 'purchased' } = request
  const transfer: TransferCall = {
    id: request.transferId,
    kind: grantKinds[kind].transfer,
    reference: request.reference,
    debit: platformAccounts[request.from ?? grantKinds[kind].from],
    credit: request.accountId,
    amount: request.amount,
    note: request.note,
    lot: { kind, heldUntil, expiresAt, refundable },
    now,
  }
  const row = await callTransfer(db, transfer).catch((error: unknown) => {
    throw isOutOfRange(error) ? beyondCounting(error) : error
  })
  const outcome = posted(row)
  if (outcome.kind === 'exceeded') throw new Error('a grant has nothing to exceed')
  return outcome
}

/** SQLSTATE of a number that no column can hold. */
const isOutOfRange = (error: unknown): boolean =>
  error instanceof Error && (error as { readonly code?: unknown }).code === '22003'

const beyondCounting = (cause: unknown): AppError =>
  new AppError('invalid_request', {
    message: 'The account would have more credits than can be counted: some 18,446 trillion.',
    param: 'credits',
    cause,
  })

export type Correction = {
  readonly transferId: Uuid
  /** The transfer that is taken back, whole or in part. */
  readonly reverses: Uuid
  readonly amount: NanoUsd
  readonly reference: string
  readonly note?: string | undefined
}

export type Corrected =
  | Granted
  /** More than is left to take back, or than the account has available. `available` may be taken. */
  | { readonly kind: 'exceeded'; readonly available: NanoUsd }

/** Takes back a transfer by another that names it; never more than it moved, nor than the account has available. */
export async function correct(db: Db, request: Correction, now: Date | null = null): Promise<Corrected> {
  requirePositive(request.amount)
  const reversed = await findTransferRow(db, request.reverses)
  if (!reversed) return { kind: 'unknown' }
  const row = await callTransfer(db, {
    id: request.transferId,
    kind: 'correction',
    reference: request.reference,
    debit: reversed.credit_account,
    credit: reversed.debit_account,
    amount: request.amount,
    reverses: request.reverses,
    note: request.note,
    now,
  })
  return posted(row)
}

function posted({ outcome, transfer_id: transferId, balance_after: balanceAfter, available }: TransferRow): Corrected {
  switch (outcome) {
    case 'posted':
    case 'replayed':
      return { kind: outcome, transferId: transferId!, balanceAfter: balanceAfter! }
    case 'exceeded':
      return { kind: 'exceeded', available: available! }
    case 'conflict':
    case 'unknown':
      return { kind: outcome }
  }
}

export function requirePositive(amount: NanoUsd): void {
  if (amount <= zero)
    throw new AppError('internal_error', { message: `A transfer moves a positive amount, not ${amount}.` })
}
