import { z } from '@hono/zod-openapi'
import { type Card, cardPageUrl, cardsOf, findCard, portalUrl, removeCard } from '../../../payments/index.ts'
import { noteChange } from '../../audit/note.ts'
import { notFound } from '../../faults.ts'
import { dataOf, deleted, listOf } from '../../fields.ts'
import { type AnyOperation, operation } from '../../operation.ts'
import { accountThere } from '../account-there.ts'
import { accountParams } from '../accounts.ts'
import { originToReturn, stripeOf, tag } from './stripe-tools.ts'

const card = z
  .object({
    id: z.string(),
    brand: z.string().openapi({ example: 'visa' }),
    last4: z.string().openapi({ example: '4242' }),
    exp_month: z.number().int(),
    exp_year: z.number().int(),
  })
  .openapi('Card')

const getCards = operation({
  id: 'listCards',
  method: 'get',
  path: '/accounts/{id}/cards',
  tag,
  summary: 'List cards that may be charged again',
  description: 'They are kept by Stripe; nothing of a card but this is known here.',
  allowed: 'management',
  params: accountParams,
  answer: listOf(card),
  run: async ({ api, db, bearer, params }) => {
    const { id } = await accountThere(db, bearer, params.id)
    return { data: api.stripe.tools ? (await cardsOf(api.stripe.tools, id)).map(inWords) : [] }
  },
})

const deleteCard = operation({
  id: 'deleteCard',
  method: 'delete',
  path: '/accounts/{id}/cards/{card}',
  tag,
  summary: 'Remove a card',
  description: 'Automatic top-ups that charge it pause.',
  allowed: 'management',
  permission: 'billing',
  params: accountParams.extend({ card: z.string().max(255) }),
  answer: deleted,
  audit: 'itself',
  run: async (request) => {
    const { api, db, bearer, params } = request
    const { id: accountId } = await accountThere(db, bearer, params.id)
    const tools = stripeOf(api)
    const found = await findCard(tools, accountId, params.card)
    if (!found || !(await removeCard(tools, accountId, params.card))) throw notFound('card')
    const noted = { action: 'deleteCard', kind: 'card', accountId, before: inWords(found), after: undefined } as const
    await noteChange(db, request, noted)
    return { deleted: true as const }
  },
})

const link = dataOf(z.object({ url: z.string() }).openapi('PageAtStripe'))

const postCard = operation({
  id: 'addCard',
  method: 'post',
  path: '/accounts/{id}/cards',
  tag,
  summary: 'Get the address of a page at Stripe that takes a card without charging it',
  allowed: 'management',
  permission: 'billing',
  params: accountParams,
  body: z.strictObject({
    for_auto_top_up: z.boolean().default(false).openapi({
      description: 'Automatic top-ups, where they are set, charge it from then on, and go on where they had paused.',
    }),
  }),
  answer: link,
  readsOnly: true,
  run: async ({ api, db, bearer, browser, params, body }) => {
    const account = await accountThere(db, bearer, params.id)
    const isForAutoTopUp = body.for_auto_top_up
    const email = bearer.session?.person.email
    const visit = { account, email, origin: originToReturn(api, browser), isForAutoTopUp }
    return { data: { url: await cardPageUrl(stripeOf(api), visit) } }
  },
})

const postPortal = operation({
  id: 'openBillingPortal',
  method: 'post',
  path: '/accounts/{id}/billing-portal',
  tag,
  summary: 'Get the address of the page at Stripe for cards, invoices and receipts',
  allowed: 'management',
  permission: 'billing',
  params: accountParams,
  answer: link,
  readsOnly: true,
  run: async ({ api, db, bearer, browser, params }) => {
    const account = await accountThere(db, bearer, params.id)
    const email = bearer.session?.person.email
    const tools = stripeOf(api)
    return { data: { url: await portalUrl(tools, { account, email, origin: originToReturn(api, browser) }) } }
  },
})

export const cardOperations: readonly AnyOperation[] = [getCards, postCard, deleteCard, postPortal]

function inWords({ id, brand, last4, expires }: Card): z.input<typeof card> {
  return { id, brand, last4, exp_month: expires.month, exp_year: expires.year }
}
