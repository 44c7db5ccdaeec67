import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import { toUsd } from '../../../core/money.ts'
import { findOrder } from '../../../payments/index.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { noteChange } from '../../audit/note.ts'
import { notFound } from '../../faults.ts'
import { dataOf, idField, listOf, timeText, usdText } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import { accountThere } from '../account-there.ts'
import { accountParams } from '../accounts.ts'
import { aboutOrder, tag } from './orders.ts'

const tokenAmount = z.string().openapi({ description: "In the token's smallest unit." })

const waiting = z.object({
  symbol: z.string(),
  decimals: z.number().int(),
  token_amount: tokenAmount,
  tx_hash: z.string().nullable(),
  why: z.string().nullable().openapi({ description: 'Why it is not credited, where that is not for confirmations.' }),
})

const depositAddress = z
  .object({
    chain_id: z.number().int(),
    chain_name: z.string(),
    address: z.string(),
    waiting: z.array(waiting).openapi({ description: 'What arrived and is not credited yet.' }),
  })
  .openapi('DepositAddress')

const getDepositAddresses = operation({
  id: 'listDepositAddresses',
  method: 'get',
  path: '/accounts/{id}/deposit-addresses',
  tag,
  summary: 'List the addresses to which an account can send crypto',
  description:
    "The account's own, for good: whatever arrives there in a token that is taken becomes credits, each transfer as an order " +
    'of its own. The sum of small ones is credited when it reaches the least amount.',
  allowed: 'management',
  params: accountParams,
  answer: listOf(depositAddress),
  run: async ({ api, db, bearer, params }) => {
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const found = await api.crypto.depositAddresses(accountId)
    return {
      data: found.map(({ chain, address, waiting: some }) => ({
        ...{ chain_id: chain.id, chain_name: chain.name, address },
        waiting: some.map(({ symbol, decimals, amount, txHash, why }) => ({
          ...{ symbol, decimals, token_amount: amount.toString(), tx_hash: txHash, why: why ?? null },
        })),
      })),
    }
  },
})

const chainRefund = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    order_id: z.string().openapi({ format: 'uuid' }),
    chain_id: z.number().int(),
    chain_name: z.string(),
    from: z.string().openapi({ description: 'The treasury.' }),
    to: z.string(),
    token: z.string().nullable().openapi({ description: "Null: the chain's own coin." }),
    symbol: z.string(),
    decimals: z.number().int(),
    token_amount: tokenAmount,
    amount_usd: usdText,
    state: z.enum(['pending', 'sent']),
    tx_hash: z.string().nullable(),
    created_at: timeText,
  })
  .openapi('ChainRefund')

const getChainRefunds = operation({
  id: 'listChainRefunds',
  method: 'get',
  path: '/payments/chain-refunds',
  tag,
  summary: 'List what has to be sent back from the treasuries',
  description:
    'The key of a treasury is in no process of the server. What is sent in exactly this amount is found on the chain by ' +
    'itself; of coin, which leaves no log, the transaction has to be told.',
  allowed: 'operator',
  answer: listOf(chainRefund),
  run: async ({ api }) => ({
    data: (await api.crypto.openRefunds()).map(({ chain, ...refund }) => ({
      ...{ id: refund.id, order_id: refund.orderId, chain_id: chain.id, chain_name: chain.name },
      ...{ from: chain.treasury, to: refund.to, token: refund.tokenAddress ?? null, symbol: refund.symbol },
      ...{ decimals: refund.decimals, token_amount: refund.tokenAmount.toString(), amount_usd: toUsd(refund.amount) },
      ...{ state: refund.state, tx_hash: refund.txHash, created_at: refund.createdAt.toISOString() },
    })),
  }),
})

const postChainRefund = operation({
  id: 'tellChainRefund',
  method: 'post',
  path: '/payments/chain-refunds/{id}',
  tag,
  summary: 'Tell the transaction by which a refund was sent',
  allowed: 'operator',
  params: z.strictObject({ id: idField }),
  body: z.strictObject({
    tx_hash: z
      .string()
      .regex(/^0x[\da-fA-F]{64}$/, { error: 'must be the hash of a transaction' })
      .transform((text) => text.toLowerCase()),
  }),
  answer: dataOf(z.object({ told: z.literal(true) })),
  audit: 'itself',
  run: (request) => {
    const { api, params, body } = request
    return inTransaction(request.db, async (db) => {
      const told = await api.crypto.tellRefund(db, params.id, body.tx_hash)
      if (told.kind === 'unknown') throw notFound('refund that is open')
      if (told.kind === 'taken') throw takenBefore()
      const order = (await findOrder(db, told.orderId))!
      const note = aboutOrder(order, { tx_hash: body.tx_hash })
      await noteChange(db, request, { action: 'tellChainRefund', ...note })
      return { data: { told: true as const } }
    })
  },
})

const takenBefore = () =>
  new AppError('conflict', {
    message: 'Another refund was told this transaction already; each has one of its own.',
    param: 'tx_hash',
  })

const testAnswer = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number().int(), message: z.string() }).optional(),
})

/** What JSON-RPC calls a fault of the node's own. */
const nodeError = -32_000

const postTestChain = operation({
  id: 'askTestChain',
  method: 'post',
  path: '/payments/test-chains/{id}',
  tag,
  summary: "Ask a development chain of this machine, for the console's own wallet",
  description: 'JSON-RPC as wallets ask it. There are none but chains that the operator marked with `testWallet`.',
  allowed: 'management',
  permission: 'view',
  readsOnly: true,
  params: z.strictObject({ id: z.string().regex(/^\d{1,15}$/, { error: 'must be the id of a chain' }) }),
  body: z.strictObject({ method: z.string().max(100), params: z.array(z.unknown()).max(10) }),
  answer: dataOf(testAnswer),
  run: async ({ api, params, body }) => {
    const asked = await api.crypto.askTestChain(Number(params.id), body.method, body.params)
    if (asked.kind === 'unknown') throw notFound('test chain')
    if (asked.kind === 'refused') return { data: { error: { code: nodeError, message: asked.message } } }
    return { data: { result: asked.result } }
  },
})

export const chainOperations: readonly AnyOperation[] = [
  getDepositAddresses,
  getChainRefunds,
  postChainRefund,
  postTestChain,
]
