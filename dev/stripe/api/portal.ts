import type { Stripe } from 'stripe'
import { z } from 'zod'
import { createConfiguration, createPortalSession } from '../objects/portal.ts'
import { flag, paging, paramsOf, text, url } from '../protocol/params.ts'
import { pageOf } from '../world/shelf.ts'
import { route, type Route } from './route.ts'

const feature = z.strictObject({ enabled: flag })

export const portalRoutes: readonly Route[] = [
  route(
    'POST',
    '/v1/billing_portal/sessions',
    paramsOf<Stripe.BillingPortal.SessionCreateParams>()({
      customer: text,
      configuration: text.optional(),
      return_url: url.optional(),
      locale: text.optional(),
      flow_data: z.strictObject({ type: z.enum(['payment_method_update']) }).optional(),
    }),
    ({ world, params }) => createPortalSession(world, params),
  ),
  route(
    'POST',
    '/v1/billing_portal/configurations',
    paramsOf<Stripe.BillingPortal.ConfigurationCreateParams>()({
      default_return_url: url.optional(),
      features: z.strictObject({ invoice_history: feature.optional(), payment_method_update: feature.optional() }),
    }),
    ({ world, params }) =>
      createConfiguration(world, { isDefault: false, returnUrl: params.default_return_url ?? null }),
  ),
  route('GET', '/v1/billing_portal/configurations', z.strictObject(paging), ({ world, params, path }) =>
    pageOf('billing_portal.configuration', world.portalConfigurations.newestFirst(), path, params),
  ),
]
