import type { Stripe } from 'stripe'
import type { World } from '../world/world.ts'

export type PortalGiven = {
  readonly customer: string
  readonly configuration?: string | undefined
  readonly return_url?: string | undefined
  readonly locale?: string | undefined
  readonly flow_data?: { readonly type: 'payment_method_update' } | undefined
}

const defaultName = 'Default'

export function createPortalSession(world: World, given: PortalGiven): Stripe.BillingPortal.Session {
  world.customers.named(given.customer, 'customer')
  const configuration =
    given.configuration === undefined
      ? (world.portalConfigurations.newestFirst().find(({ is_default: isDefault }) => isDefault) ??
        createConfiguration(world, { isDefault: true, returnUrl: null }))
      : world.portalConfigurations.named(given.configuration, 'configuration')
  const returnUrl = given.return_url ?? configuration.default_return_url
  const id = world.makeId('bps')
  return world.portalSessions.put({
    id,
    object: 'billing_portal.session',
    configuration: configuration.id,
    created: world.timeline.now(),
    customer: given.customer,
    customer_account: null,
    flow: given.flow_data === undefined ? null : flowOf(given),
    livemode: false,
    locale: given.locale ?? null,
    on_behalf_of: null,
    return_url: returnUrl,
    url: `${world.origin()}/p/session/${id}`,
  })
}

const flowOf = (given: PortalGiven): Stripe.BillingPortal.Session.Flow => ({
  after_completion: { hosted_confirmation: null, redirect: null, type: 'portal_homepage' },
  customer_update: null,
  subscription_cancel: null,
  subscription_pause: null,
  subscription_update: null,
  subscription_update_confirm: null,
  type: given.flow_data!.type,
})

export type ConfigurationGiven = { readonly isDefault: boolean; readonly returnUrl: string | null }

export function createConfiguration(
  world: World,
  { isDefault, returnUrl }: ConfigurationGiven,
): Stripe.BillingPortal.Configuration {
  const now = world.timeline.now()
  return world.portalConfigurations.put({
    id: world.makeId('bpc'),
    object: 'billing_portal.configuration',
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: now,
    default_return_url: returnUrl,
    features: {
      customer_update: { allowed_updates: [], enabled: false },
      invoice_history: { enabled: true },
      payment_method_update: { enabled: true, payment_method_configuration: null },
      subscription_cancel: {
        cancellation_reason: { enabled: false, feedback_options: [], options: [] },
        enabled: false,
        mode: 'at_period_end',
        proration_behavior: 'none',
      },
      subscription_pause: { duration: { interval_options: [], type: 'indefinite' }, enabled: false },
      subscription_update: {
        default_allowed_updates: [],
        enabled: false,
        proration_behavior: 'none',
        schedule_at_period_end: { conditions: [] },
        trial_update_behavior: 'end_trial',
        billing_cycle_anchor: null,
      },
    },
    is_default: isDefault,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: isDefault ? defaultName : null,
    updated: now,
  })
}
