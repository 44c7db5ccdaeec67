import type { Uuid } from '../../core/ids.ts'
import { zero } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { asksWorth } from '../orders/decide.ts'
import { advance, describeOrder, findOrder } from '../orders/orders.ts'
import { settleAuto } from './auto-top-up/settle.ts'
import type { Decline } from './declines.ts'
import { faultOf } from './faults.ts'
import { type Reading, readingOf } from './reading.ts'
import { nextReadAt } from './schedule.ts'
import { takeSnapshot } from './snapshot.ts'
import { findPayment, setOutcome, updatePayment } from './store/payments.ts'
import type { PaymentRow } from './store/tables.ts'
import { nowOf, type StripeTools } from './tools.ts'

/**
 * Brings an order to where its payment stands at Stripe: reads everything there and tells the order. May be run at any time,
 * by several processes at once, however often: what comes of it is the same. `undefined`: the order has no payment here.
 */
export async function converge(tools: StripeTools, orderId: Uuid): Promise<Reading | undefined> {
  const { db, stripe, settings } = tools
  const row = await findPayment(db, orderId)
  if (!row || row.livemode !== settings.isLive) return undefined
  const at = nowOf(tools)
  try {
    const snapshot = await takeSnapshot(stripe, { sessionId: row.session_id, intentId: row.intent_id })
    const worth = (await findOrder(db, orderId))?.facts.received ?? zero
    const reading = readingOf(snapshot, { way: row.way, at, worth })
    for (const event of reading.events) await advance(db, orderId, event, tools.orders)
    await noteLinks(tools, row, reading.links)
    const told = await findOrder(db, orderId)
    const isUndecided = told !== undefined && asksWorth(told)
    await db.transaction().execute((tx) => note(tools, tx, { row, reading, at, isUndecided }))
    return reading
  } catch (error) {
    await noteFailure(tools, row, error)
    throw error
  }
}

async function noteLinks({ db }: StripeTools, { order_id: id }: PaymentRow, links: Reading['links']): Promise<void> {
  if (links.receiptUrl === undefined && links.invoiceUrl === undefined) return
  const order = await findOrder(db, id)
  const isKnown = order?.receiptUrl === links.receiptUrl && order?.invoiceUrl === links.invoiceUrl
  if (!isKnown) await describeOrder(db, id, links)
}

type Noted = {
  readonly row: PaymentRow
  readonly reading: Reading
  readonly at: Date
  readonly isUndecided: boolean
}

async function note(tools: StripeTools, tx: Db, { row, reading, at, isUndecided }: Noted): Promise<void> {
  const { names, outcome, decline } = reading
  await updatePayment(tx, row.order_id, {
    ...(names.intentId !== undefined && { intent_id: names.intentId }),
    ...(names.chargeId !== undefined && { charge_id: names.chargeId }),
    ...{ read_at: at, problem: null },
    next_read_at: nextFor(tools, { ...row, outcome: row.outcome ?? outcome ?? null }, { isUndecided }),
  })
  if (outcome !== undefined) await conclude(tools, tx, { row, outcome, decline })
}

export type Concluded = {
  readonly row: PaymentRow
  readonly outcome: NonNullable<PaymentRow['outcome']>
  readonly decline: Decline | undefined
}

/** Notes how a payment came out; what follows from it, follows once. */
async function conclude(tools: StripeTools, tx: Db, { row, outcome, decline }: Concluded): Promise<void> {
  const isNew = await setOutcome(tx, row.order_id, outcome)
  if (isNew && row.way === 'auto') await settleAuto(tools, tx, { row, outcome, decline })
}

async function noteFailure(tools: StripeTools, row: PaymentRow, error: unknown): Promise<void> {
  const fault = faultOf(error)
  if (!fault) return
  const isMissing = fault.kind === 'missing'
  const next = nextFor(tools, row, { isMissing })
  const problem = fault.kind === 'declined' ? 'declined' : fault.why
  await updatePayment(tools.db, row.order_id, { next_read_at: next, problem })
  if (isMissing && next === null) await giveUp(tools, row)
}

/** Nothing can come any more of a payment: its order fails, and what waited for it goes on. */
export async function fail(tools: StripeTools, row: PaymentRow, decline: Decline): Promise<void> {
  const event = { kind: 'failed', key: 'stripe:failed', at: nowOf(tools), reason: decline.words } as const
  await advance(tools.db, row.order_id, event, tools.orders)
  await tools.db.transaction().execute((tx) => conclude(tools, tx, { row, outcome: 'failed', decline }))
}

const giveUp = (tools: StripeTools, row: PaymentRow): Promise<void> =>
  row.outcome === null
    ? fail(tools, row, { kind: 'passing', words: 'Stripe does not know this payment.' })
    : Promise.resolve()

const nextFor = (
  tools: StripeTools,
  row: PaymentRow,
  { isMissing = false, isUndecided = false }: { isMissing?: boolean; isUndecided?: boolean },
): Date | null => nextReadAt({ ...row, isTold: isTold(tools), isMissing, isUndecided }, tools.clock.nowMs())

/** Whether webhooks can reach us: where there is no secret they are refused. */
export const isTold = ({ settings }: Pick<StripeTools, 'settings'>): boolean => settings.webhookSecret !== undefined
