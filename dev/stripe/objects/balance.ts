import type { Stripe } from 'stripe'
import type { World } from '../world/world.ts'

const daySeconds = 86_400
const availableAfterSeconds = 2 * daySeconds

/** What Stripe keeps of a card payment: 2.9 % and 30 cents, in whole cents, half a cent up. */
export const feeOf = (amount: number): number => Math.floor((amount * 29 + 500) / 1_000) + 30

/** What a dispute costs beside its amount. */
export const disputeFee = 1_500

type Movement = {
  readonly type: Stripe.BalanceTransaction.Type
  readonly reportingCategory: string
  readonly amount: number
  readonly fee: number
  readonly currency: string
  readonly source: string
  readonly description: string | null
  readonly isAvailableAtOnce?: boolean
}

/** Writes what moved on the merchant's balance at Stripe. */
export function moveBalance(world: World, movement: Movement): Stripe.BalanceTransaction {
  const { amount, fee, currency, type, reportingCategory, source, description } = movement
  const now = world.timeline.now()
  const isPending = type === 'charge' && movement.isAvailableAtOnce !== true
  const words = type === 'adjustment' ? 'Dispute fee' : 'Stripe processing fees'
  const transaction: Stripe.BalanceTransaction = {
    id: world.makeId('txn'),
    object: 'balance_transaction',
    amount,
    available_on: isPending ? now + availableAfterSeconds : now,
    balance_type: 'payments',
    created: now,
    currency,
    description,
    exchange_rate: null,
    fee,
    fee_details:
      fee === 0 ? [] : [{ amount: fee, application: null, currency, description: words, type: 'stripe_fee' }],
    net: amount - fee,
    reporting_category: reportingCategory,
    source,
    status: isPending ? 'pending' : 'available',
    type,
  }
  return world.balanceTransactions.put(transaction)
}

/** As it is read now: what was pending becomes available by time alone. */
export const transactionNow = (world: World, transaction: Stripe.BalanceTransaction): Stripe.BalanceTransaction =>
  transaction.available_on <= world.timeline.now() ? { ...transaction, status: 'available' } : transaction

export function balanceNow(world: World): Stripe.Balance {
  const sums = { available: new Map<string, number>(), pending: new Map<string, number>() }
  for (const transaction of world.balanceTransactions.newestFirst()) {
    const { status, currency, net } = transactionNow(world, transaction)
    const sum = status === 'available' ? sums.available : sums.pending
    sum.set(currency, (sum.get(currency) ?? 0) + net)
  }
  const listed = (sum: Map<string, number>) =>
    [...(sum.size > 0 ? sum : new Map([['usd', 0]]))].map(([currency, amount]) => ({
      amount,
      currency,
      source_types: { card: amount },
    }))
  return { object: 'balance', available: listed(sums.available), livemode: false, pending: listed(sums.pending) }
}
