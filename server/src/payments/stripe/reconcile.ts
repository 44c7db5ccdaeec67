import type { Uuid } from '../../core/ids.ts'
import { add, nanoUsd, type NanoUsd, toUsd, zero } from '../../core/money.ts'
import { asksWorth } from '../orders/decide.ts'
import { disputeDue, netOf, refundDue } from '../orders/facts.ts'
import { findOrder } from '../orders/orders.ts'
import type { Order } from '../orders/types.ts'
import type { Reconciled } from '../rail.ts'
import { type Balance, type Moved, type Movement, movements, readBalance } from './balance.ts'
import { amountText, type Charged, fromCents, ofOrder } from './cents.ts'
import { converge } from './converge.ts'
import { faultOf } from './faults.ts'
import { takeSnapshot } from './snapshot.ts'
import { chargedOf } from './reading.ts'
import { several } from './several.ts'
import { findPaidOf, findPaidSince, findPayment, type PaidPayment } from './store/payments.ts'
import { nowOf, type StripeTools } from './tools.ts'

const dayMs = 86_400_000
const days = 30
const transactionsMax = 20_000
/** What is named one by one. */
const namedMax = 5

const names: Readonly<Record<Movement, string>> = { paid: 'Paid by card', refunded: 'Refunded', disputed: 'Disputed' }

/**
 * Compares what orders say of the last thirty days with the balance transactions of Stripe, both ways: money of an order that
 * is not there, and money that is there and bears the id of an order that does not know of it. Orders that differ are read
 * once more first, which mends what was merely not heard of.
 */
export async function reconcileStripe(tools: StripeTools, most = transactionsMax): Promise<readonly Reconciled[]> {
  const first = await compare(tools, most)
  await several(first.differing, async ({ orderId }) => {
    await converge(tools, orderId).catch(() => undefined)
  })
  const compared = first.differing.length === 0 ? first : await compare(tools, most)
  const { balance, payments } = compared
  const fees = payments.reduce((sum, { charge_id: id }) => sum + (balance.byCharge.get(id ?? '')?.fees ?? 0), 0)
  return [
    ...movements.map((movement) => judged(movement, compared)),
    { name: 'Fees of Stripe', ok: true, detail: `${toUsd(fromCents(fees))} USD for these payments` },
  ]
}

type Compared = {
  readonly balance: Balance
  readonly payments: readonly PaidPayment[]
  readonly strays: readonly Stray[]
  readonly differing: readonly Difference[]
}

async function compare(tools: StripeTools, most: number): Promise<Compared> {
  const balance = await readBalance(tools, new Date(nowOf(tools).getTime() - days * dayMs), most)
  const begun = await findPaidSince(tools.db, tools.settings.isLive, balance.since)
  const begunCharges = new Set(begun.map(({ charge_id: id }) => id))
  const others = [...balance.byCharge].flatMap(([chargeId, moved]) => {
    const { orderId } = moved
    return orderId === undefined || begunCharges.has(chargeId) ? [] : [{ chargeId, orderId, moved }]
  })
  // Paid in this time and begun before it.
  const earlier = await findPaidOf(
    tools.db,
    others.map(({ chargeId }) => chargeId),
  )
  const earlierCharges = new Set(earlier.map(({ charge_id: id }) => id))
  const strays = others.filter(({ chargeId }) => !earlierCharges.has(chargeId))
  const payments = [...begun, ...earlier]
  const differing = [...(await differencesOf(tools, payments, balance.byCharge)), ...strays.flatMap(strayDifferences)]
  return { balance, payments, strays, differing }
}

/** A charge that bears the id of an order, and is not what any order was paid by. */
type Stray = { readonly chargeId: string; readonly orderId: Uuid; readonly moved: Moved }

type Difference = {
  readonly orderId: Uuid
  readonly movement: Movement
  readonly there: NanoUsd
  readonly here: NanoUsd
  /** In words, where it is not just a figure that differs. */
  readonly words?: string
}

const strayDifferences = ({ chargeId, orderId, moved }: Stray): Difference[] =>
  movements
    .filter((movement) => moved[movement] !== 0)
    .map((movement) => {
      const said = amountText(moved[movement], moved.currency)
      const words = `Stripe has ${said} by charge ${chargeId} for order ${orderId}, which was not paid by it here`
      return { orderId, movement, there: usdIn(moved, movement), here: zero, words }
    })

/** What is in another currency adds nothing to sums. */
const usdIn = (moved: Moved | undefined, movement: Movement): NanoUsd =>
  moved?.currency === 'usd' ? fromCents(moved[movement]) : zero

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
    if (asksWorth(order) && there !== undefined) {
      const words = `nobody has decided about ${amountText(there.paid, there.currency)} for order ${orderId}`
      found.push({ orderId, movement: 'paid', there: zero, here: zero, words })
    }
    const isSplit = there !== undefined && (there.currency !== 'usd' || fromCents(there.paid) !== total)
    const charged = isSplit ? await splitOf(tools, order) : undefined
    const here = { paid: netOf(order.facts), refunded: refundDue(order.facts), disputed: disputeDue(order.facts) }
    for (const movement of movements) {
      const cents = there?.[movement] ?? 0
      const share = fromCents(charged ? ofOrder(cents, charged) : cents)
      if (share !== here[movement]) found.push({ orderId, movement, there: share, here: here[movement] })
    }
  })
  return found
}

/** How much of a charge was tax, or what it is worth in USD. */
async function splitOf(tools: StripeTools, { id, facts }: Order): Promise<Charged | undefined> {
  const row = await findPayment(tools.db, id)
  try {
    const asked = { sessionId: row?.session_id ?? null, intentId: row?.intent_id ?? null }
    const snapshot = await takeSnapshot(tools.stripe, asked)
    return snapshot.intent && chargedOf(snapshot, snapshot.intent, facts.received)
  } catch (error) {
    if (faultOf(error)?.kind === 'missing') return undefined
    throw error
  }
}

function judged(movement: Movement, { balance, payments, strays, differing }: Compared): Reconciled {
  const name = names[movement]
  const wrong = differing.filter((each) => each.movement === movement)
  const charges = [...payments.map(({ charge_id: id }) => id ?? ''), ...strays.map(({ chargeId }) => chargeId)]
  const atStripe = charges.reduce((all, id) => add(all, usdIn(balance.byCharge.get(id), movement)), zero)
  const said = `${toUsd(atStripe)} USD at Stripe for ${charges.length} payments ${spanOf(balance)}`
  if (wrong.length === 0) return { name, ok: true, detail: `${said}; every order says the same` }
  const sum = wrong.reduce((total, { there, here }) => nanoUsd(total + there - here), zero)
  const named = wrong.slice(0, namedMax).map(inWords)
  const more = wrong.length > namedMax ? ` and ${wrong.length - namedMax} more` : ''
  return { name, ok: false, detail: `${said}; ${toUsd(sum)} USD are not in the orders: ${named.join('; ')}${more}` }
}

const spanOf = ({ isCut, since }: Balance): string =>
  isCut
    ? `since ${since.toISOString().slice(0, 19)}Z (before that too much moved at Stripe to be read at once)`
    : `of ${days} days`

const inWords = ({ orderId, there, here, words }: Difference): string =>
  words ?? `order ${orderId} has ${toUsd(here)}, Stripe ${toUsd(there)}`
