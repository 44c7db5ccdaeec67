import type { Stripe } from 'stripe'
import { findAccount } from '../../accounts/index.ts'
import type { JsonObject } from '../../core/json.ts'
import { add } from '../../core/money.ts'
import { advance } from '../orders/orders.ts'
import type { Order } from '../orders/types.ts'
import type { Begun, Wishes } from '../rail.ts'
import { findCard } from './cards.ts'
import { charge } from './charge.ts'
import { customerOf, findCustomerId } from './customers.ts'
import { faultOf } from './faults.ts'
import { chargeRequest, pageRequest } from './requests.ts'
import { returnAddress } from './return.ts'
import { becomePage, findPayment, insertPayment, updatePayment } from './store/payments.ts'
import { nowOf, type StripeTools } from './tools.ts'

/** Above the time of asking Stripe, with all repetitions: whoever has not noted an answer by then is gone. */
export const lostAfterMs = 90_000
/** A page that was just made has nothing to tell yet. */
const firstReadMs = 3_000

/** Sends a payer to Stripe's page, or charges their saved card. Whatever is repeated is done once. */
export async function beginPayment(tools: StripeTools, order: Order, wishes: Wishes): Promise<Begun> {
  if (wishes.cardId === undefined) return openPage(tools, order, wishes)
  if (await findCard(tools, order.accountId, wishes.cardId)) return chargeSaved(tools, order, wishes, wishes.cardId)
  return { kind: 'refused', why: 'There is no such card.', param: 'card_id' }
}

async function openPage(tools: StripeTools, order: Order, wishes: Wishes): Promise<Begun> {
  const request = await pageRequestOf(tools, order, wishes)
  await insertPayment(tools.db, { ...rowOf(tools, order, 'page'), request: request as JsonObject })
  const row = await findPayment(tools.db, order.id)
  return sendToPage(tools, order, { request: row!.request, key: order.id })
}

async function pageRequestOf(tools: StripeTools, order: Order, wishes: Wishes) {
  const { db, settings, clock } = tools
  const account = await findAccount(db, order.accountId)
  const payer = { accountId: order.accountId, name: account?.name ?? '', email: wishes.email }
  return pageRequest({
    ...{ order, customerId: await customerOf(tools, payer), saveCard: wishes.saveCard ?? false },
    ...{ tax: settings.tax, invoice: settings.invoices },
    ...{ returnTo: returnAddress(wishes.origin, order.id), nowMs: clock.nowMs() },
  })
}

type Asked = { readonly request: JsonObject; readonly key: string }

async function sendToPage({ db, stripe, clock }: StripeTools, { id }: Order, { request, key }: Asked): Promise<Begun> {
  const params = request as Stripe.Checkout.SessionCreateParams
  const session = await stripe.checkout.sessions.create(params, { idempotencyKey: key })
  const nextReadAt = new Date(clock.nowMs() + firstReadMs)
  await updatePayment(db, id, { session_id: session.id, next_read_at: nextReadAt })
  return { kind: 'begun', pay: { kind: 'checkout', url: session.url } }
}

const rowOf = (tools: StripeTools, order: Order, way: 'page' | 'card') => ({
  ...{ order_id: order.id, account_id: order.accountId, livemode: tools.settings.isLive, way },
  ...{ total: add(order.amount, order.fee), created_at: nowOf(tools) },
  next_read_at: new Date(tools.clock.nowMs() + lostAfterMs),
})

/** A bank that wants to see the card's owner is given the chance: they are here, and the page asks them. */
async function chargeSaved(tools: StripeTools, order: Order, wishes: Wishes, cardId: string): Promise<Begun> {
  const customerId = (await findCustomerId(tools, order.accountId))!
  const request = chargeRequest({ order, customerId, cardId }) as unknown as JsonObject
  await insertPayment(tools.db, { ...rowOf(tools, order, 'card'), request })
  const began = {
    kind: 'began',
    key: 'began',
    at: nowOf(tools),
    data: { words: 'The saved card is charged.' },
  } as const
  await advance(tools.db, order.id, began, tools.orders)
  const reading = await charge(tools, order.id, { isFirst: true })
  if (reading?.decline?.kind !== 'authentication') return { kind: 'begun', pay: undefined }
  const page = (await pageRequestOf(tools, order, { ...wishes, saveCard: false })) as JsonObject
  await becomePage(tools.db, order.id, page)
  return sendToPage(tools, order, { request: page, key: `${order.id}:page` })
}

/** Ends a visit to the pay page, so that nobody pays there any more. `false`: it was paid, or money may be on its way. */
export async function closePage(tools: StripeTools, order: Pick<Order, 'id'>): Promise<boolean> {
  const row = await findPayment(tools.db, order.id)
  if (!row) return true
  if (row.session_id === null) return row.way === 'page' // nobody was told its address
  try {
    const session = await tools.stripe.checkout.sessions.expire(row.session_id)
    return session.status === 'expired'
  } catch (error) {
    const fault = faultOf(error)
    if (fault?.kind !== 'refused') throw error
    const { status } = await tools.stripe.checkout.sessions.retrieve(row.session_id)
    return status === 'expired'
  }
}
