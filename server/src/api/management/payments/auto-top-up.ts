import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import { type NanoUsd, toUsd } from '../../../core/money.ts'
import { type AutoTopUp, autoTopUpOf, setAutoTopUp, type StripeTools } from '../../../payments/index.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { noteChange } from '../../audit/note.ts'
import { invalid } from '../../faults.ts'
import { dataOf, paidUsdField, timeText, usdText } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import { accountThere } from '../account-there.ts'
import { accountParams } from '../accounts.ts'
import { stripeOf, tag } from './stripe-tools.ts'

const path = '/accounts/{id}/auto-top-up'

const pauseKinds = ['declined', 'authentication', 'ceiling', 'card', 'refused'] as const

const schema = z
  .object({
    account_id: z.string().openapi({ format: 'uuid' }),
    enabled: z.boolean(),
    threshold_usd: usdText.nullable().openapi({ description: 'Credits are bought when the balance is below it.' }),
    amount_usd: usdText.nullable().openapi({ description: 'Worth of the credits that are bought each time.' }),
    monthly_ceiling_usd: usdText
      .nullable()
      .openapi({ description: 'At most so much leaves the card in a calendar month (UTC), fees included.' }),
    card_id: z.string().nullable(),
    month_spent_usd: usdText.openapi({ description: 'What left the card this month, or may still leave it.' }),
    paused: z
      .object({ kind: z.enum(pauseKinds), reason: z.string(), at: timeText })
      .nullable()
      .openapi({ description: '`ceiling` goes on by itself; all else when it is set anew.' }),
    order_id: z.string().nullable().openapi({ format: 'uuid', description: 'The order under way.' }),
    next_attempt_at: timeText.nullable(),
  })
  .openapi('AutoTopUp')

const getAutoTopUp = operation({
  id: 'getAutoTopUp',
  method: 'get',
  path,
  tag,
  summary: 'Get what is bought by itself when credits run low',
  allowed: 'management',
  params: accountParams,
  answer: dataOf(schema),
  run: async ({ api, db, bearer, params }) => {
    const { id } = await accountThere(db, bearer, params.id)
    return { data: inWords(id, api.stripe.tools && (await autoTopUpOf(api.stripe.tools, id))) }
  },
})

const putAutoTopUp = operation({
  id: 'setAutoTopUp',
  method: 'put',
  path,
  tag,
  summary: 'Set what is bought by itself when credits run low',
  description:
    'The card is charged without anybody there, once each time the balance falls below the threshold. A bank that declines, ' +
    'or wants to see the card holder, pauses it, and the reason is told; setting it again lets it go on.',
  allowed: 'management',
  permission: 'billing',
  params: accountParams,
  body: z.strictObject({
    enabled: z.boolean(),
    threshold_usd: paidUsdField,
    amount_usd: paidUsdField,
    monthly_ceiling_usd: paidUsdField,
    card_id: z.string().min(1).max(255),
  }),
  answer: dataOf(schema),
  audit: 'itself',
  run: async (request) => {
    const { api, db, bearer, params, body } = request
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const tools = stripeOf(api)
    refuseAmount(tools, body.amount_usd)
    const before = await autoTopUpOf(tools, accountId)
    const wished = await setAutoTopUp(tools, {
      ...{ accountId, isOn: body.enabled, threshold: body.threshold_usd, amount: body.amount_usd },
      ...{ monthlyMax: body.monthly_ceiling_usd, cardId: body.card_id, personId: bearer.session?.person.id },
    })
    if (wished.kind === 'no-card') throw invalid('card_id: the account has no such card', 'card_id')
    if (wished.kind === 'no-tax') throw new AppError('conflict', { message: noTax })
    if (wished.kind === 'too-low') {
      const least = `monthly_ceiling_usd: one top-up takes ${toUsd(wished.total)} USD`
      throw invalid(`${least}, with a lower ceiling nothing would ever be bought`, 'monthly_ceiling_usd')
    }
    const data = inWords(accountId, await autoTopUpOf(tools, accountId))
    const noted = { action: 'setAutoTopUp', kind: 'auto_top_up', accountId } as const
    await inTransaction(db, (tx) =>
      noteChange(tx, request, { ...noted, before: before && inWords(accountId, before), after: data }),
    )
    return { data }
  },
})

export const autoTopUpOperations: readonly AnyOperation[] = [getAutoTopUp, putAutoTopUp]

const noTax = 'Where tax is added (REDPILL_STRIPE_TAX), every payment is made on the page that works it out.'

function refuseAmount({ bounds: { minimum, maximum } }: StripeTools, amount: NanoUsd): void {
  if (amount < minimum) throw invalid(`amount_usd: at least ${toUsd(minimum)}`, 'amount_usd')
  if (amount > maximum) throw invalid(`amount_usd: at most ${toUsd(maximum)}`, 'amount_usd')
}

function inWords(accountId: string, found: AutoTopUp | undefined): z.input<typeof schema> {
  return {
    account_id: accountId,
    enabled: found?.isOn ?? false,
    threshold_usd: found ? toUsd(found.threshold) : null,
    amount_usd: found ? toUsd(found.amount) : null,
    monthly_ceiling_usd: found ? toUsd(found.monthlyMax) : null,
    card_id: found?.cardId ?? null,
    month_spent_usd: found ? toUsd(found.spentThisMonth) : '0',
    paused: found?.pause
      ? { kind: found.pause.kind, reason: found.pause.words, at: found.pause.at.toISOString() }
      : null,
    order_id: found?.orderId ?? null,
    next_attempt_at: found?.nextAt?.toISOString() ?? null,
  }
}
