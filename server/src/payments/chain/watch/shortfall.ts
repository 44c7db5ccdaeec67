import type { OrderEvent } from '../../orders/types.ts'
import { advance } from '../../orders/orders.ts'
import { amountText, priceOf, worthOf } from '../pricing.ts'
import type { Header } from '../read/types.ts'
import type { Chain } from '../settings.ts'
import { updatePayment } from '../store/payments.ts'
import type { PaymentRow } from '../store/rows.ts'
import { type ChainTools, explorerUrlOf } from '../tools.ts'
import { depositOrder, tokenNamed } from './credit.ts'
import type { Share, Shares } from './share.ts'

type Settling = { readonly shares: Shares<PaymentRow>; readonly end: Header }

const notThere = 'Less is at the address than was sent to it.'

/** Writes down what of payments did not arrive, or is there again, and tells their orders. */
export async function settleShares(tools: ChainTools, chain: Chain, { shares, end }: Settling): Promise<void> {
  for (const each of shares.changed) await settleShare(tools, chain, each, end)
}

async function settleShare(
  tools: ChainTools,
  chain: Chain,
  { row, short, missing }: Share<PaymentRow>,
  end: Header,
): Promise<void> {
  const { db, log } = tools
  const fields = { chain: chain.id, place: row.place, token: row.token, short: `${short}`, missing: `${missing}` }
  const isLess = short + missing > BigInt(row.short) + BigInt(row.missing)
  if (missing > BigInt(row.missing)) log.error('what was credited is not at its deposit address any more', fields)
  else if (isLess) log.warn('less came to a deposit address than was sent', fields)
  const amount = BigInt(row.amount)
  // Coin that was never there is no payment; what comes later is one of its own.
  const isNothing = row.token === 'native' && row.state === 'found' && short === amount
  if (isNothing) return void (await updatePayment(db, row.id, { state: 'lost' }))
  await updatePayment(db, row.id, {
    ...{ short: short.toString(), missing: missing.toString() },
    ...(row.state === 'found' && { waits_for: short === amount ? notThere : null }),
    // What it was not credited for came after all: it is credited anew, for the rest.
    ...(row.state === 'credited' && short < BigInt(row.short) && { state: 'found' as const }),
  })
  const orderId = row.order_id ?? (await orderFor(tools, chain, row))
  if (orderId === undefined) return
  // What is left of it is credited under the order that was told of it, however little it is.
  if (row.order_id === null) await updatePayment(db, row.id, { order_id: orderId })
  const at = new Date(tools.clock.nowMs())
  const said = whatOf(chain, row, { short, missing })
  const data = { chain_id: chain.id, tx_hash: row.tx_hash, explorer_url: explorerUrlOf(chain, row.tx_hash) ?? null }
  const name = `${row.place}:${end.number}:${end.hash.slice(2, 10)}`
  const event: OrderEvent =
    said === undefined
      ? { kind: 'cleared', key: `whole:${name}`, at, data }
      : { kind: 'doubted', key: `short:${name}`, at, data, reason: said }
  await advance(db, orderId, event, tools)
}

/** What is worth an order of its own has it before it is credited. */
async function orderFor(tools: ChainTools, chain: Chain, row: PaymentRow) {
  const token = tokenNamed(chain, row.token)
  const price = token && priceOf(token, undefined)
  const isWorthIt = token && price && worthOf(BigInt(row.amount), token, price) >= token.min
  return isWorthIt ? depositOrder(tools, chain, row) : undefined
}

type Lacking = { readonly short: bigint; readonly missing: bigint }

function whatOf(chain: Chain, row: PaymentRow, { short, missing }: Lacking): string | undefined {
  const token = tokenNamed(chain, row.token)
  const show = (amount: bigint) =>
    token ? `${amountText(amount, token.decimals)} ${token.symbol}` : `${amount} of ${row.token}`
  const amount = show(BigInt(row.amount))
  if (missing > 0n) return `${show(missing)} of the ${amount} that were credited are not at the address any more.`
  return short > 0n ? `${show(short)} of the ${amount} that were sent did not arrive.` : undefined
}
