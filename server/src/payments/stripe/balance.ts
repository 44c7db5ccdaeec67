import type { Stripe } from 'stripe'
import type { Uuid } from '../../core/ids.ts'
import { orderIn } from './objects/meant.ts'
import { idIn, objectIn } from './snapshot.ts'
import type { StripeTools } from './tools.ts'

export const movements = ['paid', 'refunded', 'disputed'] as const
export type Movement = (typeof movements)[number]

/** What moved on the balance at Stripe for one charge, in cents. */
export type Moved = Record<Movement | 'fees', number> & {
  /** Whose the charge says that it is. */
  readonly orderId: Uuid | undefined
  readonly currency: string
}

export type Balance = {
  readonly byCharge: ReadonlyMap<string, Moved>
  /** From then on everything was read. */
  readonly since: Date
  /** There is more than is read at once: `since` is later than what was asked for. */
  readonly isCut: boolean
}

/** Reads what moved since a time, newest first. Other programs may use the account too; what is ours is for the reader to say. */
export async function readBalance({ stripe }: StripeTools, since: Date, transactionsMax: number): Promise<Balance> {
  const byCharge = new Map<string, Moved>()
  const listed = { created: { gte: seconds(since) }, limit: 100, expand: ['data.source'] }
  let read = 0
  let oldest = 0
  for await (const transaction of stripe.balanceTransactions.list(listed)) {
    // Others of the same second may not have been read.
    if (++read > transactionsMax) return { byCharge, since: new Date((oldest + 1) * 1_000), isCut: true }
    oldest = transaction.created
    note(byCharge, transaction)
  }
  return { byCharge, since, isCut: false }
}

const seconds = (at: Date): number => Math.floor(at.getTime() / 1_000)

/** The amount is the object's own: balances may be in another currency than payments. */
function note(byCharge: Map<string, Moved>, { amount, fee, source: of }: Stripe.BalanceTransaction): void {
  const source = objectIn(of)
  if (source?.object !== 'charge' && source?.object !== 'refund' && source?.object !== 'dispute') return
  const chargeId = source.object === 'charge' ? source.id : idIn(source.charge)
  if (chargeId === undefined) return
  const before = byCharge.get(chargeId) ?? {
    paid: 0,
    refunded: 0,
    disputed: 0,
    fees: 0,
    orderId: undefined,
    currency: source.currency,
  }
  const fees = before.fees + fee
  if (source.object === 'charge')
    return void byCharge.set(chargeId, {
      ...before,
      fees,
      paid: before.paid + source.amount,
      orderId: orderIn(source.metadata),
    })
  const movement = source.object === 'refund' ? 'refunded' : 'disputed'
  const cents = amount > 0 ? -source.amount : source.amount
  byCharge.set(chargeId, { ...before, fees, [movement]: before[movement] + cents })
}
