/** Credits for agents without an account: x402, version 2 (HTTP 402), scheme `exact` on EVM chains. */
import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import { type NanoUsd, parseUsd, toCredits, toUsd } from '../../../core/money.ts'
import { headerText, orderStates, x402Headers } from '../../../payments/index.ts'
import type { Bearer } from '../../auth.ts'
import { invalid } from '../../faults.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import type { ApiOptions } from '../../options.ts'
import { tag } from './orders.ts'

const leastUsd = parseUsd('0.1')!

/** Told as it is, with headers of its own. */
const bought = z.custom<Response>().openapi({
  type: 'object',
  properties: {
    data: {
      type: 'object',
      properties: {
        account_id: { type: 'string', format: 'uuid' },
        order_id: { type: 'string', format: 'uuid' },
        state: { type: 'string', enum: [...orderStates] },
        credits: { type: 'string', description: 'Decimal credits.' },
        key: { type: ['string', 'null'], description: 'Spends what was bought. Shown once.' },
      },
    },
  },
})

const buyByX402 = operation({
  id: 'buyCreditsByX402',
  method: 'post',
  path: '/x402/credits',
  tag,
  summary: 'Buy credits by HTTP 402, with or without an account',
  description:
    'Without `PAYMENT-SIGNATURE` the answer is 402 with what it costs (`PAYMENT-REQUIRED`, and as its body). With it the ' +
    'payment is settled on the chain first; then the answer is a key that spends what was bought. A request with an API key ' +
    'adds to its account. One payment buys once; `X402-Claim`, a secret of your own, lets you ask again with the same ' +
    'payment when an answer was lost. Status 202: it is on its way; ask again with the claim.',
  allowed: 'anyone-known',
  unrepeatable: true,
  takesRaw: true,
  answersItself: true,
  query: z.strictObject({
    amount_usd: z.string().optional().openapi({ description: 'USD, at least 0.10.', example: '1' }),
  }),
  answer: bought,
  audit: 'nothing',
  run: async ({ api, bearer, browser, query, raw: { header } }) => {
    const { x402 } = api.crypto
    if (x402.kind === 'closed') throw new AppError('payment_unavailable', { message: x402.why })
    const origin = browser.origin ?? api.publicUrl ?? ''
    const answered = await x402.answer({
      amount: amountIn(api, query.amount_usd),
      payment: header(x402Headers.payment),
      claim: claimIn(header('x402-claim')),
      key: keyOf(bearer),
      url: `${origin}/api/v1/x402/credits`,
    })
    switch (answered.kind) {
      case 'closed':
        throw new AppError('not_allowed', { message: 'Nobody new is let in here. Send the API key of an account.' })
      case 'unreachable':
        throw new AppError('upstream_error', { message: `The chain cannot be asked just now: ${answered.why}` })
      case 'required': {
        const { required } = answered
        return whole(required, 402, { [x402Headers.required]: headerText(required) })
      }
      case 'paid': {
        const { order, row, key = null } = answered
        const network = `eip155:${row.chain_id}`
        const settled = { success: row.state === 'settled', transaction: row.tx_hash ?? '', network, payer: row.payer }
        const { accountId, id, state, amount } = order
        const data = { account_id: accountId, order_id: id, state, credits: toCredits(amount), key }
        const status = state === 'credited' ? 200 : 202
        return whole({ data }, status, { [x402Headers.response]: headerText(settled) })
      }
    }
  },
})

export const x402Operations: readonly AnyOperation[] = [buyByX402]

const whole = (body: object, status: number, headers: Record<string, string>): Response =>
  Response.json(body, { status, headers: { ...headers, 'cache-control': 'no-store' } })

function amountIn({ payments }: ApiOptions, text = toUsd(leastUsd)): NanoUsd {
  const { maximum } = payments.settings
  const amount = parseUsd(text)
  if (amount !== undefined && amount >= leastUsd && amount <= maximum) return amount
  throw invalid(`amount_usd: from ${toUsd(leastUsd)} to ${toUsd(maximum)} USD, as decimal text`, 'amount_usd')
}

function claimIn(text: string | undefined): string | undefined {
  if (text === undefined || /^[\x21-\x7e]{16,200}$/.test(text)) return text
  throw invalid('X402-Claim: a secret of 16 to 200 visible ASCII characters', 'X402-Claim')
}

const keyOf = ({ caller }: Bearer) => caller && { id: caller.key.id, accountId: caller.accountId }
