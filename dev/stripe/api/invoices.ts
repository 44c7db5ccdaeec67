import type { Stripe } from 'stripe'
import { z } from 'zod'
import { isWithin, paging, paramsOf, range, text } from '../protocol/params.ts'
import { pageOf } from '../world/shelf.ts'
import { route, type Route } from './route.ts'

const listing = paramsOf<Stripe.InvoiceListParams>()({
  ...paging,
  created: range.optional(),
  customer: text.optional(),
  status: z.enum(['draft', 'open', 'paid', 'uncollectible', 'void']).optional(),
})

export const invoiceRoutes: readonly Route[] = [
  route('GET', '/v1/invoices', listing, ({ world, params, path }) => {
    const found = world.invoices
      .newestFirst()
      .filter(
        ({ customer, status, created }) =>
          (params.customer === undefined || customer === params.customer) &&
          (params.status === undefined || status === params.status) &&
          isWithin(created, params.created),
      )
    return pageOf('invoice', found, path, params)
  }),
  route('GET', '/v1/invoices/:id', z.strictObject({}), ({ world, id }) => world.invoices.get(id)),
]
