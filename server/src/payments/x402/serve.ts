import { createHash } from 'node:crypto'
import type { LocalAccount } from 'viem'
import type { Clock } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import { add, type NanoUsd, toCredits } from '../../core/money.ts'
import {
  changeKey,
  deleteKey,
  enter,
  findKey,
  issueKey,
  keyWalletProof,
  listMemberships,
  type NewcomerRules,
  type SignInTools,
} from '../../accounts/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { amountFor, priceOf } from '../chain/pricing.ts'
import { NodeFault } from '../chain/nodes/node.ts'
import { idOf } from '../chain/store/rows.ts'
import {
  findX402,
  isKeyOfX402,
  listOpenOf,
  lockPayer,
  lockX402,
  reserveNonce,
  updateX402,
  type X402Row,
} from '../chain/store/x402.ts'
import type { ChainTools, OpenChain } from '../chain/tools.ts'
import { advance, createOrder, findOrder } from '../orders/orders.ts'
import { feeOf } from '../orders/fees.ts'
import type { Order } from '../orders/types.ts'
import { bring, giveUp, sealAuthorization } from './settle.ts'
import { type Funds, fundsOf, whyNotSigned } from './verify.ts'
import { type Asset, type Payment, type PaymentRequired, readPayment, requirementsOf } from './wire.ts'

export type X402Tools = {
  readonly tools: ChainTools
  readonly signIn: SignInTools
  readonly rules: NewcomerRules
  readonly assets: readonly (Asset & { readonly open: OpenChain })[]
  readonly relayer: LocalAccount
  readonly clock: Clock
  /** For so long an answer waits for the chain. */
  readonly waitMs: number
}

export type Asked = {
  readonly amount: NanoUsd
  /** The header with the payment, where there is one. */
  readonly payment: string | undefined
  /** A secret of the payer's own: by it they may ask again for what they paid for. */
  readonly claim: string | undefined
  /** Whose credits they become, by their key; absent: the payer's own account, which may be new. */
  readonly key: { readonly id: Uuid; readonly accountId: Uuid } | undefined
  readonly url: string
}

export type Served = {
  readonly order: Order
  readonly row: X402Row
  /** A new key of the payer's account. */
  readonly key: string | undefined
}

export type Answered =
  | { readonly kind: 'required'; readonly required: PaymentRequired }
  | ({ readonly kind: 'paid' } & Served)
  /** Nobody new is let in here. */
  | { readonly kind: 'closed' }
  /** No node of the chain answers; nothing was begun. */
  | { readonly kind: 'unreachable'; readonly why: string }

/** Answers a request for credits: with what they cost, or, once that was paid on the chain, with them. */
export async function answer(x402: X402Tools, asked: Asked): Promise<Answered> {
  const required = (error: string): Answered => ({ kind: 'required', required: requiredOf(x402, asked, error) })
  if (asked.payment === undefined) return required('Payment required')
  const payment = readPayment(asked.payment)
  const asset = payment && x402.assets.find((each) => isOf(each, payment))
  if (!payment || !asset) return required('invalid_payment_requirements')
  const reserved = await reserve(x402, asked, { payment, asset }).catch(unreachable)
  switch (reserved.kind) {
    case 'refused':
      return required(reserved.why)
    case 'closed':
    case 'unreachable':
      return reserved
    case 'known':
      return claimed(x402, asked, reserved.row, required)
    case 'reserved':
      return settle(x402, asked, { row: reserved.row, asset, required })
  }
}

function unreachable(error: unknown): Extract<Answered, { kind: 'unreachable' }> {
  if (error instanceof NodeFault) return { kind: 'unreachable', why: error.message }
  throw error
}

const isOf = ({ chain, token }: Asset, { network, asset }: Payment): boolean =>
  network === `eip155:${chain.id}` && token.address === asset

const totalOf = ({ tools }: X402Tools, amount: NanoUsd): NanoUsd => add(amount, feeOf(amount, tools.terms))

const tokensFor = (x402: X402Tools, { token }: Asset, amount: NanoUsd): bigint =>
  amountFor(totalOf(x402, amount), token, priceOf(token, undefined)!)

function requiredOf(x402: X402Tools, { amount, url }: Asked, error: string): PaymentRequired {
  const description = `${toCredits(amount)} credits, and an API key to spend them`
  return {
    x402Version: 2,
    error,
    resource: { url, description, mimeType: 'application/json' },
    accepts: x402.assets.map((asset) => requirementsOf(asset, tokensFor(x402, asset, amount))),
  }
}

type Reserved =
  | { readonly kind: 'reserved'; readonly row: X402Row }
  /** This authorization was reserved before. */
  | { readonly kind: 'known'; readonly row: X402Row }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'closed' }

type Paying = { readonly payment: Payment; readonly asset: X402Tools['assets'][number] }

/** Writes down an authorization before anything is done for it. Of any number of requests with it one gets through. */
async function reserve(x402: X402Tools, asked: Asked, { payment, asset }: Paying): Promise<Reserved> {
  const { tools, signIn } = x402
  const { authorization } = payment
  const { from: payer, nonce } = authorization
  const id = { chain_id: idOf(asset.chain), token: asset.token.address!, payer, nonce }
  const amount = tokensFor(x402, asset, asked.amount)
  const facts = { asset, amount, authorization, nowMs: tools.clock.nowMs() }
  const unsigned = await whyNotSigned(facts)
  if (unsigned !== undefined) return { kind: 'refused', why: unsigned }
  const before = await findX402(tools.db, id)
  if (before) return { kind: 'known', row: before }
  const open = await listOpenOf(tools.db, id)
  if (open.length >= openMost) return { kind: 'refused', why: 'too_many_open_payments' }
  const funds = await fundsOf(
    asset.open,
    facts,
    open.map((each) => each.nonce),
  )
  if (funds.kind === 'refused') return funds
  return inTransaction(tools.db, async (db): Promise<Reserved> => {
    await lockPayer(db, id)
    const sibling = await findX402(db, id)
    if (sibling) return { kind: 'known', row: sibling }
    const overdrawn = whyOverdrawn(await listOpenOf(db, id), funds, amount)
    if (overdrawn !== undefined) return { kind: 'refused', why: overdrawn }
    const accountId = asked.key?.accountId ?? (await accountOf({ ...x402, signIn: { ...signIn, db } }, payer))
    if (accountId === undefined) return { kind: 'closed' }
    const key = `x402:${asset.chain.id}:${asset.token.address}:${payer}:${nonce}`
    const order = await createOrder(
      db,
      { accountId, rail: 'x402', amount: asked.amount, terms: tools.terms, heldDays: 0, key },
      tools,
    )
    const at = new Date(tools.clock.nowMs())
    const row: X402Row = {
      ...{ ...id, order_id: order.id, amount: amount.toString() },
      authorization_sealed: sealAuthorization(signIn.secrets, authorization),
      valid_before: new Date(Number(authorization.validBefore) * 1_000),
      ...{ state: 'reserved', tx_hash: null, claim_hash: asked.claim === undefined ? null : hashOf(asked.claim) },
      ...{ key_id: null, created_at: at, changed_at: at },
    }
    if (await reserveNonce(db, row)) return { kind: 'reserved', row }
    return { kind: 'known', row: (await findX402(db, id))! }
  })
}

/** So many payments of one payer may wait for the chain at once. */
const openMost = 10

/** A wallet cannot promise more than it holds: each promise is an order, and a transaction that the relayer may send. */
function whyOverdrawn(
  open: readonly Pick<X402Row, 'nonce' | 'amount'>[],
  { balance, used }: Extract<Funds, { kind: 'there' }>,
  amount: bigint,
): string | undefined {
  if (open.length >= openMost) return 'too_many_open_payments'
  const promised = open.filter(({ nonce }) => !used.has(nonce)).reduce((sum, each) => sum + BigInt(each.amount), 0n)
  return balance < promised + amount ? 'insufficient_funds' : undefined
}

const hashOf = (claim: string): string => createHash('sha256').update(claim).digest('hex')

/** The first account of whoever holds the wallet: signed for by its key, it is their way in as well. */
async function accountOf({ signIn, rules }: X402Tools, payer: string): Promise<Uuid | undefined> {
  const entered = await enter(signIn, await keyWalletProof(payer), { rules })
  if (entered.kind === 'closed') return undefined
  if (entered.kind === 'new') return entered.accountId
  const memberships = await listMemberships(signIn.db, entered.personId)
  return memberships.find(({ accountKind }) => accountKind === 'customer')?.accountId
}

type Settling = {
  readonly row: X402Row
  readonly asset: X402Tools['assets'][number]
  readonly required: (error: string) => Answered
}

/** Brings the authorization to the chain and waits for what the watcher makes of it. */
async function settle(x402: X402Tools, asked: Asked, { row, asset, required }: Settling): Promise<Answered> {
  const { tools, relayer, signIn } = x402
  const { secrets } = signIn
  try {
    const at = new Date(tools.clock.nowMs())
    await advance(tools.db, row.order_id, { kind: 'began', key: 'began', at }, tools)
    const relayed = await bring({ tools, open: asset.open, secrets, relayer }, row)
    if (relayed.kind === 'reverts') {
      await giveUp(tools, row, 'the token refused the authorization')
      return required('invalid_transaction_state')
    }
  } catch (error) {
    // Nobody knows whether it was sent: it stays reserved, and the watcher sees what became of it.
    if (!(error instanceof NodeFault)) throw error
  }
  return serve(x402, asked, row)
}

const pollMs = 200

async function serve(x402: X402Tools, asked: Asked, { order_id: orderId, ...id }: X402Row): Promise<Answered> {
  const { tools, clock } = x402
  const deadlineMs = clock.monotonicMs() + x402.waitMs
  for (;;) {
    const order = (await findOrder(tools.db, orderId))!
    const row = (await findX402(tools.db, id))!
    if (order.state !== 'credited' && clock.monotonicMs() < deadlineMs) {
      await new Promise((resolve) => setTimeout(resolve, pollMs))
      continue
    }
    return { kind: 'paid', order, row, key: order.state === 'credited' ? await keyFor(x402, asked, order) : undefined }
  }
}

/**
 * A key that spends what was bought, and no more: whoever has it need not be whom the rest of the account belongs to. One
 * for each payment; who asks again gets another one in its place. A key that asks for itself may spend so much more.
 */
async function keyFor({ signIn }: X402Tools, { key }: Asked, order: Order): Promise<string | undefined> {
  return inTransaction(signIn.db, async (db) => {
    const row = await lockX402(db, order.id)
    const at = new Date(signIn.clock.nowMs())
    if (key) {
      if (row?.key_id !== null || !(await isKeyOfX402(db, key.id))) return undefined
      const limit = (await findKey(db, key.id))?.limit
      if (limit !== undefined) await changeKey(db, key.id, { limit: add(limit, order.amount) })
      await updateX402(db, order.id, { key_id: key.id, changed_at: at })
      return undefined
    }
    if (row?.key_id) await deleteKey(db, row.key_id, at)
    const id = signIn.makeId()
    const asked = { id, accountId: order.accountId, kind: 'inference', name: 'x402', limit: order.amount } as const
    const issued = await issueKey(db, { ...asked, createdAt: at }, signIn)
    if (issued.kind !== 'issued') throw new Error(`no key could be made: ${issued.kind}`)
    await updateX402(db, order.id, { key_id: id, changed_at: at })
    return issued.secret
  })
}

/**
 * An authorization that comes again buys nothing. Once it is on the chain everybody can read it, so only the secret that
 * came with it the first time shows that its payer asks.
 */
async function claimed(
  x402: X402Tools,
  asked: Asked,
  row: X402Row,
  required: (error: string) => Answered,
): Promise<Answered> {
  const isPayers = asked.claim !== undefined && row.claim_hash === hashOf(asked.claim)
  if (!isPayers || row.state === 'failed') return required('invalid_exact_evm_nonce_already_used')
  return serve(x402, asked, row)
}
