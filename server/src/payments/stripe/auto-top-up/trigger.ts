import { findAccount } from '../../../accounts/index.ts'
import type { Uuid } from '../../../core/ids.ts'
import type { JsonObject } from '../../../core/json.ts'
import { add, zero } from '../../../core/money.ts'
import { balanceOf, postedBalances } from '../../../credits/index.ts'
import type { Db } from '../../../platform/database/index.ts'
import { advance, createOrder } from '../../orders/orders.ts'
import { feeOf } from '../../orders/fees.ts'
import { charge } from '../charge.ts'
import { findCustomerId } from '../customers.ts'
import { lostAfterMs } from '../pay.ts'
import { chargeRequest } from '../requests.ts'
import { several } from '../several.ts'
import { dueAutoTopUps, lockAutoTopUp, updateAutoTopUp } from '../store/auto-top-ups.ts'
import { autoSpentSince, insertPayment } from '../store/payments.ts'
import type { AutoTopUpRow } from '../store/tables.ts'
import { nowOf, type StripeTools } from '../tools.ts'
import { judge, monthOf } from './judge.ts'
import { pause } from './pause.ts'

const pageRows = 500
/** An account that is frozen or owes buys nothing by itself; it is looked at again after that. */
const frozenMs = 60_000

/** A job: buys credits for accounts that are below their threshold. Returns how many orders were begun. */
export async function topUpLow(tools: StripeTools): Promise<number> {
  let begun = 0
  for (let afterId: Uuid | undefined; ;) {
    const page = { livemode: tools.settings.isLive, now: nowOf(tools), afterId, limit: pageRows }
    const rows = await dueAutoTopUps(tools.db, page)
    const balances = await postedBalances(
      tools.db,
      rows.map((row) => row.account_id),
    )
    const low = rows.filter((row) => (balances.get(row.account_id) ?? row.threshold) < row.threshold)
    await several(low, async ({ account_id: accountId }) => {
      if (await topUp(tools, accountId)) begun++
    })
    afterId = rows.at(-1)?.account_id
    if (rows.length < pageRows) return begun
  }
}

/** Looks again with the row locked, and buys: of all who come at once, one does. `true`: an order was begun. */
async function topUp(tools: StripeTools, accountId: Uuid): Promise<boolean> {
  const orderId = await tools.db.transaction().execute((tx) => claim(tools, tx, accountId))
  if (orderId === undefined) return false
  try {
    await charge(tools, orderId, { isFirst: true })
  } catch (error) {
    // Whether the card was charged is not known yet: the payment is looked at again until it is.
    const why = error instanceof Error ? error.message : String(error)
    tools.log.warn('an automatic top-up has no answer yet', { account: accountId, order: orderId, why })
  }
  return true
}

async function claim(tools: StripeTools, tx: Db, accountId: Uuid): Promise<Uuid | undefined> {
  const row = await lockAutoTopUp(tx, accountId)
  const balance = row && (await postedBalances(tx, [accountId])).get(accountId)
  const account = await findAccount(tx, accountId)
  if (!row || balance === undefined) return undefined
  const now = nowOf(tools)
  const owed = (await balanceOf(tx, accountId))?.owed ?? zero
  if (!account || account.frozen || account.deletedAt !== undefined || owed > zero) {
    await updateAutoTopUp(tx, accountId, { next_at: new Date(now.getTime() + frozenMs) })
    return undefined
  }
  const spent = await autoSpentSince(tx, accountId, monthOf(now))
  const total = add(row.amount, feeOf(row.amount, tools.terms.terms))
  const judged = judge({ row, balance, total, spent, now })
  if (judged.kind === 'rest') return undefined
  if (judged.kind === 'pause') {
    await pause(tools, tx, row, judged.pause)
    return undefined
  }
  return begin(tools, tx, row)
}

/** Everything that a sibling needs to end this is written before the card is charged. */
async function begin(tools: StripeTools, tx: Db, row: AutoTopUpRow): Promise<Uuid | undefined> {
  const { account_id: accountId, card_id: cardId, person_id: personId, livemode } = row
  const customerId = await findCustomerId({ ...tools, db: tx }, accountId)
  if (customerId === undefined) {
    await pause(tools, tx, row, { kind: 'card', words: 'There is no card any more.', until: undefined })
    return undefined
  }
  const now = nowOf(tools)
  const asked = {
    accountId,
    personId: personId ?? undefined,
    rail: 'card',
    amount: row.amount,
    ...tools.terms,
  } as const
  const order = await createOrder(tx, asked, tools.orders)
  await insertPayment(tx, {
    ...{
      order_id: order.id,
      account_id: accountId,
      livemode,
      way: 'auto',
      total: add(order.amount, order.fee),
      created_at: now,
    },
    request: chargeRequest({ order, customerId, cardId }) as unknown as JsonObject,
    next_read_at: new Date(now.getTime() + lostAfterMs),
  })
  const words = 'The balance fell below the threshold of automatic top-ups.'
  await advance(tx, order.id, { kind: 'began', key: 'began', at: now, data: { words } }, tools.orders)
  const isFresh = { pause: null, pause_words: null, paused_at: null }
  await updateAutoTopUp(tx, accountId, { order_id: order.id, ...isFresh })
  return order.id
}
