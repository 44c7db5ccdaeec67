import type { Stripe } from 'stripe'
import type { Uuid } from '../../core/ids.ts'
import { nanoUsd, type NanoUsd, toUsd, zero } from '../../core/money.ts'
import { disputeDue, netOf, refundDue } from '../orders/facts.ts'
import { findOrder } from '../orders/orders.ts'
import type { Reconciled } from '../rail.ts'
import { type Charged, fromCents, ofOrder } from './cents.ts'
import { converge } from './converge.ts'
import { faultOf } from './faults.ts'
import { idIn, objectIn, takeSnapshot } from './snapshot.ts'
import { chargedOf } from './reading.ts'
import { several } from './several.ts'
import { findPaidSince, findPayment, type PaidPayment } from './store/payments.ts'
import { nowOf, type StripeTools } from './tools.ts'

const dayMs = 86_400_000
const days = 30
const transactionsMax = 20_000
/** What is named one by one. */
const namedMax = 5

/** What moved on the balance at Stripe for one charge, in cents. */
type Moved = { paid: number; refunded: number; disputed: number; fees: number }

const movements = ['paid', 'refunded', 'disputed'] as const
type Movement = (typeof movements)[number]

const words: Readonly<Record<Movement, string>> = { paid: 'Paid by card', refunded: 'Refunded', disputed: 'Disputed' }

/**
 * Compares what orders say of the last thirty days with the balance transactions of Stripe. Orders that differ are read once
 * more first, which mends what was merely not heard of.
 */
export async function reconcileStripe(tools: StripeTools): Promise<readonly Reconciled[]> {
  const since = new Date(nowOf(tools).getTime() - days * dayMs)
  const moved = await movedSince(tools, since)
  const payments = await findPaidSince(tools.db, tools.settings.isLive, since)
  const ours = new Set(payments.map(({ charge_id: id }) => id))
  let differing = await differencesOf(tools, payments, moved)
  await several(differing, async ({ orderId }) => {
    await converge(tools, orderId).catch(() => undefined)
  })
  if (differing.length > 0) differing = await differencesOf(tools, payments, await movedSince(tools, since))
  const fees = [...moved].reduce((sum, [id, { fees: cents }]) => (ours.has(id) ? sum + cents : sum), 0)
  return [
    ...movements.map((movement) => judged(movement, payments, moved, differing)),
    { name: 'Fees of Stripe', ok: true, detail: `${toUsd(fromCents(fees))} USD for these payments` },
  ]
}

/** By charge. Other programs may use the account too; what is not ours is left out by whoever asks. */
async function movedSince({ stripe }: StripeTools, since: Date): Promise<Map<string, Moved>> {
  const byCharge = new Map<string, Moved>()
  const listed = { created: { gte: Math.floor(since.getTime() / 1_000) }, limit: 100, expand: ['data.source'] }
  let read = 0
  for await (const transaction of stripe.balanceTransactions.list(listed)) {
    if (++read > transactionsMax) break
    const found = movementOf(transaction)
    if (!found) continue
    const sums = byCharge.get(found.chargeId) ?? { paid: 0, refunded: 0, disputed: 0, fees: 0 }
    sums[found.movement] += found.cents
    sums.fees += transaction.fee
    byCharge.set(found.chargeId, sums)
  }
  return byCharge
}

type Found = { readonly chargeId: string; readonly movement: Movement; readonly cents: number }

/** The amount is the object's own: balances may be in another currency than payments. */
function movementOf(transaction: Stripe.BalanceTransaction): Found | undefined {
  const source = objectIn(transaction.source)
  const isBack = transaction.amount > 0
  if (source?.object === 'charge') return { chargeId: source.id, movement: 'paid', cents: source.amount }
  if (source?.object !== 'refund' && source?.object !== 'dispute') return undefined
  const chargeId = idIn(source.charge)
  if (chargeId === undefined) return undefined
  const movement = source.object === 'refund' ? 'refunded' : 'disputed'
  return { chargeId, movement, cents: isBack ? -source.amount : source.amount }
}

type Difference = {
  readonly orderId: Uuid
  readonly movement: Movement
  readonly there: NanoUsd
  readonly here: NanoUsd
}

async function differencesOf(
  tools: StripeTools,
  payments: readonly PaidPayment[],
  moved: ReadonlyMap<string, Moved>,
): Promise<Difference[]> {
  const found: Difference[] = []
  await several(payments, async ({ order_id: orderId, charge_id: chargeId, total }) => {
    const there = chargeId === null ? undefined : moved.get(chargeId)
    const order = await findOrder(tools.db, orderId)
    if (!order) return
    const taxed = there !== undefined && fromCents(there.paid) !== total
    const charged = taxed ? await splitOf(tools, orderId) : undefined
    const here = { paid: netOf(order.facts), refunded: refundDue(order.facts), disputed: disputeDue(order.facts) }
    for (const movement of movements) {
      const cents = there?.[movement] ?? 0
      const share = fromCents(charged ? ofOrder(cents, charged) : cents)
      if (share !== here[movement]) found.push({ orderId, movement, there: share, here: here[movement] })
    }
  })
  return found
}

/** How much of a charge was tax. */
async function splitOf(tools: StripeTools, orderId: Uuid): Promise<Charged | undefined> {
  const row = await findPayment(tools.db, orderId)
  try {
    const asked = { sessionId: row?.session_id ?? null, intentId: row?.intent_id ?? null }
    const snapshot = await takeSnapshot(tools.stripe, asked)
    return snapshot.intent && chargedOf(snapshot, snapshot.intent)
  } catch (error) {
    if (faultOf(error)?.kind === 'missing') return undefined
    throw error
  }
}

function judged(
  movement: Movement,
  payments: readonly PaidPayment[],
  moved: ReadonlyMap<string, Moved>,
  differing: readonly Difference[],
): Reconciled {
  const name = words[movement]
  const wrong = differing.filter((each) => each.movement === movement)
  const cents = payments.reduce((sum, { charge_id: id }) => sum + (moved.get(id ?? '')?.[movement] ?? 0), 0)
  const said = `${toUsd(fromCents(cents))} USD at Stripe for ${payments.length} payments of ${days} days`
  if (wrong.length === 0) return { name, ok: true, detail: `${said}; every order says the same` }
  const sum = wrong.reduce((total, { there, here }) => nanoUsd(total + there - here), zero)
  const named = wrong
    .slice(0, namedMax)
    .map(({ orderId, there, here }) => `order ${orderId} has ${toUsd(here)}, Stripe ${toUsd(there)}`)
  const more = wrong.length > namedMax ? ` and ${wrong.length - namedMax} more` : ''
  return { name, ok: false, detail: `${said}; ${toUsd(sum)} USD are not in the orders: ${named.join('; ')}${more}` }
}
