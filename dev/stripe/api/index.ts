import type { Expander } from '../protocol/expand.ts'
import { pageOf } from '../world/shelf.ts'
import type { World } from '../world/world.ts'
import { checkoutRoutes } from './checkout.ts'
import { customerRoutes, paymentMethodRoutes } from './customers.ts'
import { eventRoutes, webhookRoutes } from './events.ts'
import { invoiceRoutes } from './invoices.ts'
import { balanceRoutes, chargeRoutes, disputeRoutes, refundRoutes } from './money.ts'
import { paymentIntentRoutes, setupIntentRoutes } from './payments.ts'
import { portalRoutes } from './portal.ts'
import type { Route } from './route.ts'

export const routes: readonly Route[] = [
  ...balanceRoutes,
  ...chargeRoutes,
  ...checkoutRoutes,
  ...customerRoutes,
  ...disputeRoutes,
  ...eventRoutes,
  ...invoiceRoutes,
  ...paymentIntentRoutes,
  ...paymentMethodRoutes,
  ...portalRoutes,
  ...refundRoutes,
  ...setupIntentRoutes,
  ...webhookRoutes,
]

export const expanderOf = (world: World): Expander => ({
  find(id) {
    const shelves = [
      world.paymentIntents,
      world.charges,
      world.customers,
      world.paymentMethods,
      world.balanceTransactions,
      world.refunds,
      world.disputes,
      world.invoices,
      world.setupIntents,
      world.sessions,
      world.portalConfigurations,
    ]
    for (const shelf of shelves) {
      const found = shelf.find(id)
      if (found) return found
    }
    return undefined
  },
  include({ object, id }, name) {
    if (object === 'checkout.session' && name === 'line_items')
      return pageOf('item', world.orders.get(String(id))!.lines, `/v1/checkout/sessions/${String(id)}/line_items`, {
        limit: 100,
      })
    if (object === 'charge' && name === 'refunds') {
      const refunds = world.refunds.newestFirst().filter(({ charge }) => charge === id)
      return pageOf('refund', refunds, `/v1/charges/${String(id)}/refunds`, {})
    }
    return undefined
  },
})
