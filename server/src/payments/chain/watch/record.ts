import type { Uuid } from '../../../core/ids.ts'
import type { NanoUsd } from '../../../core/money.ts'
import { zero } from '../../../core/money.ts'
import { findOrder } from '../../orders/orders.ts'
import type { Fact, TokenName, Watched } from '../read/facts.ts'
import type { Hash, Header } from '../read/types.ts'
import type { Address, Chain } from '../settings.ts'
import { insertMovement } from '../store/movements.ts'
import { insertPayment, lockPaymentAt, updatePayment } from '../store/payments.ts'
import { findQuoteByKey } from '../store/quotes.ts'
import { idOf, type MovementRow, type PaymentRow } from '../store/rows.ts'
import { findX402, updateX402 } from '../store/x402.ts'
import type { ChainTools } from '../tools.ts'

export type Found = {
  readonly headers: readonly Header[]
  readonly facts: readonly Fact[]
  readonly watched: Watched
}

/** Writes down what a range of blocks has for us. What was known before stays as it is. */
export async function record(tools: ChainTools, chain: Chain, found: Found): Promise<void> {
  const minedAt = new Map(found.headers.map(({ number, timestamp }) => [number, new Date(Number(timestamp) * 1_000)]))
  const recording = { tools, chain, found, minedAt: (fact: Fact) => minedAt.get(fact.blockNumber)! }
  for (const fact of found.facts) await recordFact(recording, fact)
}

type Recording = {
  readonly tools: ChainTools
  readonly chain: Chain
  readonly found: Found
  readonly minedAt: (fact: Fact) => Date
}

async function recordFact(recording: Recording, fact: Fact): Promise<void> {
  switch (fact.kind) {
    case 'paid':
      return recordPaid(recording, fact)
    case 'transfer':
      return recordTransfer(recording, fact)
    case 'authorized':
      return recordAuthorized(recording, fact)
    case 'swept':
      return move(recording, fact, { kind: 'swept', token: fact.token, party: fact.forwarder, amount: fact.amount })
  }
}

/** The checkout contract took a quote that the operator signed: it says whose order it is. */
async function recordPaid(recording: Recording, fact: Extract<Fact, { kind: 'paid' }>): Promise<void> {
  const { tools, chain } = recording
  const { db, log } = tools
  const quote = await findQuoteByKey(db, idOf(chain), fact.orderKey)
  const order = quote && (await findOrder(db, quote.order_id))
  const isAsQuoted =
    quote?.token === fact.token && BigInt(quote.token_amount) === fact.amount && BigInt(quote.usd) === fact.usd
  if (!quote || !order || !isAsQuoted) {
    // Only the signer's key makes quotes: somebody else has it, or another server signs for this contract.
    const why = quote ? 'it is not what was quoted' : 'no order here has this key'
    return log.error('a payment at the checkout contract is nobodys', { chain: chain.id, tx: fact.txHash, why })
  }
  await upsert(recording, fact, {
    ...{ kind: 'quote', accountId: order.accountId, orderId: order.id, address: chain.checkout },
    ...{ token: fact.token, amount: fact.amount, payer: fact.payer, worth: quote.usd },
  })
  if (fact.token === 'native')
    await move(recording, fact, { kind: 'in', token: 'native', party: fact.payer, amount: fact.amount })
}

async function recordTransfer(recording: Recording, fact: Extract<Fact, { kind: 'transfer' }>): Promise<void> {
  const { chain, found } = recording
  const { from, to, token, amount } = fact
  if (amount === 0n || from === to) return
  if (to === chain.treasury) return move(recording, fact, { kind: 'in', token, party: from, amount })
  if (from === chain.treasury) await move(recording, fact, { kind: 'out', token, party: to, amount })
  const accountId = found.watched.depositAddresses.get(to)
  if (accountId === undefined) return
  await upsert(recording, fact, {
    ...{ kind: 'deposit', accountId, orderId: null, address: to, token, amount, payer: from, worth: null },
  })
}

/** An authorization of ours was used: the transfer beside it says of how much. */
async function recordAuthorized(recording: Recording, fact: Extract<Fact, { kind: 'authorized' }>): Promise<void> {
  const { tools, chain, found } = recording
  const { payer, nonce, token } = fact
  const reserved = await findX402(tools.db, { chain_id: idOf(chain), token, payer, nonce })
  const order = reserved && (await findOrder(tools.db, reserved.order_id))
  if (!order) return
  const transfer = found.facts.find(
    (each) =>
      each.kind === 'transfer' &&
      each.txHash === fact.txHash &&
      each.token === token &&
      each.from === payer &&
      each.to === chain.treasury &&
      each.amount === BigInt(reserved.amount),
  )
  if (!transfer) {
    const why = 'no transfer of its amount is beside it'
    return tools.log.error('an authorization was used, but not to pay', { chain: chain.id, tx: fact.txHash, why })
  }
  await updateX402(tools.db, order.id, {
    ...{ state: 'settled', tx_hash: fact.txHash, changed_at: new Date(tools.clock.nowMs()) },
  })
  const { accountId, id: orderId } = order
  const worth = (order.amount + order.fee) as NanoUsd
  const amount = BigInt(reserved.amount)
  await upsert(recording, fact, {
    kind: 'x402',
    accountId,
    orderId,
    address: chain.treasury,
    token,
    amount,
    payer,
    worth,
  })
}

type Came = {
  readonly kind: PaymentRow['kind']
  readonly accountId: Uuid
  readonly orderId: Uuid | null
  readonly address: Address
  readonly token: TokenName
  readonly amount: bigint
  readonly payer: Address
  readonly worth: NanoUsd | null
}

type At = { readonly place: string; readonly txHash: Hash; readonly blockNumber: bigint; readonly blockHash: Hash }

async function upsert({ tools, chain, minedAt }: Recording, fact: Fact & At, came: Came): Promise<void> {
  const chainId = idOf(chain)
  const block = { block_number: fact.blockNumber, block_hash: fact.blockHash, mined_at: minedAt(fact) }
  const isNew = await insertPayment(tools.db, {
    ...{ id: tools.makeId(), chain_id: chainId, place: fact.place, tx_hash: fact.txHash, kind: came.kind },
    ...{ account_id: came.accountId, order_id: came.orderId, address: came.address, token: came.token },
    ...{ amount: came.amount.toString(), short: '0', missing: '0', payer: came.payer, worth: came.worth, ...block },
    ...{ state: 'found', waits_for: null, times: 0, received: zero, reversed: zero },
  })
  if (isNew) return
  const before = (await lockPaymentAt(tools.db, chainId, fact.place))!
  const state = stateAgain(before)
  if (state) await updatePayment(tools.db, before.id, { state, amount: came.amount.toString(), ...block })
}

/** What becomes of a payment that is mined again; of one that was credited in part the rest is still to be credited. */
export function stateAgain({ state, waits_for: waitsFor }: PaymentRow): 'credited' | 'found' | undefined {
  if (state === 'lost') return 'found'
  if (state !== 'orphaned') return undefined
  return waitsFor === null ? 'credited' : 'found'
}

type Move = Pick<MovementRow, 'kind' | 'token' | 'party'> & { readonly amount: bigint }

const move = async ({ tools, chain }: Recording, { place, txHash, blockNumber }: Fact, moved: Move): Promise<void> => {
  const { amount, ...rest } = moved
  const at = { chain_id: idOf(chain), place, tx_hash: txHash, block_number: blockNumber }
  await insertMovement(tools.db, { ...at, ...rest, amount: amount.toString() })
}
