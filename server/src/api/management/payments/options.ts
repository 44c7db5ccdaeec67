import { z } from '@hono/zod-openapi'
import { type FeeTerms, type Payments, type RailName, termsOf } from '../../../payments/index.ts'
import { toCredits, toUsd, usd } from '../../../core/money.ts'
import type { Uuid } from '../../../core/ids.ts'
import { creditsText, dataOf, idField, usdText } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import { accountThere } from '../account-there.ts'
import { tag } from './orders.ts'

const common = {
  available: z.boolean(),
  why: z.string().nullable().openapi({ description: 'Which setting is missing.' }),
  fee_percent: z.string().openapi({ description: 'On top of the amount.', example: '2.9' }),
  fee_fixed_usd: usdText,
}

const token = z.object({
  address: z.string().nullable().openapi({ description: "Null: the chain's own coin." }),
  symbol: z.string(),
  decimals: z.number().int(),
  name: z.string(),
  kind: z.enum(['stable', 'native']).openapi({ description: '`stable`: one is one USD; `native`: the feed says.' }),
  authorizations: z.array(z.enum(['permit', 'transfer_with_authorization'])),
  domain: z
    .object({ name: z.string(), version: z.string() })
    .nullable()
    .openapi({ description: 'The EIP-712 domain in which it takes authorizations.' }),
  why: z.string().nullable().openapi({ description: 'Why it cannot be paid with at the moment.' }),
})

const chain = z.object({
  id: z.number().int(),
  name: z.string(),
  native_symbol: z.string(),
  confirmations: z.number().int().openapi({
    description: 'For small amounts; 0: until the chain itself calls a block safe.',
  }),
  explorer_url: z.string().nullable(),
  checkout_address: z.string().nullable(),
  rpc_url: z.string().nullable().openapi({ description: 'For browsers that have no wallet of their own for it.' }),
  test_wallet: z.boolean().openapi({ description: 'A chain of a laptop: the console has a wallet of its own for it.' }),
  tokens: z.array(token),
})

const options = z
  .object({
    minimum_usd: usdText,
    maximum_usd: usdText,
    credits_per_usd: z.string(),
    card: z.object({ ...common, test_mode: z.boolean().openapi({ description: 'No money moves.' }) }),
    crypto: z.object({ ...common, chains: z.array(chain), test_wallet: z.boolean() }),
    referral: z
      .object({ gives_credits: creditsText, gets_credits: creditsText })
      .nullable()
      .openapi({ description: 'What bringing others is worth, to whoever brings and to whoever comes.' }),
    refund_days: z
      .number()
      .int()
      .openapi({ description: 'For so long unspent credits can be refunded; 0: ask the operator.' }),
  })
  .openapi('PaymentOptions')

const getOptions = operation({
  id: 'getPaymentOptions',
  method: 'get',
  path: '/payments/options',
  tag,
  summary: 'Get how credits can be bought here, with all fees',
  allowed: 'management',
  query: z.strictObject({ account_id: idField.optional() }),
  answer: dataOf(options),
  run: async ({ api: { payments }, db, bearer, query }) => {
    const { id } = await accountThere(db, bearer, query.account_id)
    const { minimum, maximum, refundDays, referral } = payments.settings
    const [card, crypto] = [await partOf(payments, 'card', id), await partOf(payments, 'crypto', id)]
    const data = {
      ...{ minimum_usd: toUsd(minimum), maximum_usd: toUsd(maximum), refund_days: refundDays },
      referral: referral ? { gives_credits: toCredits(referral.gives), gets_credits: toCredits(referral.gets) } : null,
      credits_per_usd: toCredits(usd(1)),
      card: { test_mode: false, ...card },
      crypto: { chains: [], test_wallet: false, ...crypto },
    }
    return { data }
  },
})

export const optionOperations: readonly AnyOperation[] = [getOptions]

/** What a rail says of itself, beside what it costs. */
async function partOf({ settings, rails }: Payments, name: RailName, accountId: Uuid) {
  const rail = rails[name]
  const state = rail?.state() ?? { kind: 'unavailable' as const, why: `This server takes no payments by ${name}.` }
  const isAvailable = state.kind === 'available'
  const { terms } = termsOf(settings, name)
  return {
    ...(isAvailable && (await rail?.options(accountId))),
    ...{ available: isAvailable, why: state.kind === 'available' ? null : state.why, ...feesIn(terms) },
  }
}

const feesIn = ({ bps, fixed }: FeeTerms) => ({ fee_percent: percentOf(bps), fee_fixed_usd: toUsd(fixed) })

/** 290 -> `2.9` */
const percentOf = (bps: number): string => String(bps / 100)
