import { z } from '@hono/zod-openapi'
import { add, toCredits, toUsdNumber } from '../../core/money.ts'
import { balanceOf } from '../../credits/index.ts'
import { accountIdOf } from '../auth.ts'
import { notFound } from '../faults.ts'
import { creditsText, dataOf } from '../fields.ts'
import { operation } from '../operation.ts'

export const getCredits = operation({
  id: 'getCredits',
  method: 'get',
  path: '/credits',
  tag: 'Your key',
  summary: "Get the balance of the key's account",
  description: "`total_credits` and `total_usage` are OpenRouter's: USD, for display. The rest is in credits, exactly.",
  allowed: 'key',
  answer: dataOf(
    z
      .object({
        total_credits: z.number(),
        total_usage: z.number(),
        available_credits: creditsText,
        held_credits: creditsText.openapi({ description: 'Reserved for calls under way.' }),
        spent_credits: creditsText,
        purchased_credits: creditsText,
        granted_credits: creditsText,
        earned_credits: creditsText,
      })
      .openapi('Credits'),
  ),
  run: async ({ db, bearer }) => {
    const balance = await balanceOf(db, accountIdOf(bearer))
    if (!balance) throw notFound('account')
    const { available, held, spent, purchased, granted, earned } = balance
    const data = {
      total_credits: toUsdNumber(add(add(available, held), spent)),
      total_usage: toUsdNumber(spent),
      available_credits: toCredits(available),
      held_credits: toCredits(held),
      spent_credits: toCredits(spent),
      purchased_credits: toCredits(purchased),
      granted_credits: toCredits(granted),
      earned_credits: toCredits(earned),
    }
    return { data }
  },
})
