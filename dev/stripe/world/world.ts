import { Stripe } from 'stripe'
import type { TestCard } from '../cards.ts'
import type { MakeId } from './ids.ts'
import { makeShelf, type Shelf } from './shelf.ts'
import type { Timeline } from './timeline.ts'

/** The version that the SDK's types are of, and the only one that the emulator speaks. */
export const apiVersion = Stripe.API_VERSION

type EventOf<T extends Stripe.Event['type']> = Extract<Stripe.Event, { type: T }>

export type Emit = <T extends Stripe.Event['type']>(
  type: T,
  object: EventOf<T>['data']['object'],
  /** The same object before, where an event says what has changed. */
  before?: EventOf<T>['data']['object'],
) => void

/** What is known of a card behind a payment method, and is never told. */
export type CardFacts = {
  readonly card: TestCard
  /** Set up by its holder for payments without them. */
  readonly isSetUp: boolean
  /** Not attached to a customer, and paid with once: Stripe refuses it from then on. */
  readonly isSpent: boolean
}

/** What a Checkout Session was asked for, and does not say. */
export type Order = {
  readonly lines: readonly Stripe.LineItem[]
  /** What of its customer is written anew from the page. */
  readonly updates: { readonly address: boolean; readonly name: boolean }
  readonly payment: {
    readonly metadata: Record<string, string>
    readonly description: string | null
    readonly receipt_email: string | null
    readonly setup_future_usage: 'off_session' | 'on_session' | null
    readonly statement_descriptor: string | null
    readonly statement_descriptor_suffix: string | null
  }
  readonly setup: { readonly metadata: Record<string, string>; readonly description: string | null }
}

/** Who is paying in a Checkout Session, from the first try on. */
export type Payer = {
  readonly email: string | null
  readonly name: string
  readonly country: string
  readonly keepsCard: boolean
}

/** All that there is at Stripe, for one account in test mode. */
export type World = {
  readonly timeline: Timeline
  readonly makeId: MakeId
  /** Where the hosted pages stand. */
  readonly origin: () => string
  readonly customers: Shelf<Stripe.Customer>
  /** Ids of customers that were deleted. */
  readonly deletedCustomers: Set<string>
  readonly paymentMethods: Shelf<Stripe.PaymentMethod>
  readonly paymentIntents: Shelf<Stripe.PaymentIntent>
  readonly setupIntents: Shelf<Stripe.SetupIntent>
  readonly charges: Shelf<Stripe.Charge>
  readonly refunds: Shelf<Stripe.Refund>
  readonly disputes: Shelf<Stripe.Dispute>
  readonly sessions: Shelf<Stripe.Checkout.Session>
  readonly invoices: Shelf<Stripe.Invoice>
  readonly balanceTransactions: Shelf<Stripe.BalanceTransaction>
  readonly events: Shelf<Stripe.Event>
  readonly endpoints: Shelf<Stripe.WebhookEndpoint>
  readonly portalSessions: Shelf<Stripe.BillingPortal.Session>
  readonly portalConfigurations: Shelf<Stripe.BillingPortal.Configuration>
  /** By payment method. */
  readonly cards: Map<string, CardFacts>
  /** By Checkout Session. */
  readonly orders: Map<string, Order>
  readonly payers: Map<string, Payer>
  /** By webhook endpoint. */
  readonly secrets: Map<string, string>
  readonly emit: Emit
  /** Who asks, while it is done: events name the request that caused them. */
  readonly during: <T>(request: Stripe.Event.Request, act: () => T) => T
}

export type WorldTools = {
  readonly timeline: Timeline
  readonly makeId: MakeId
  readonly origin: () => string
  /** Takes a new event to the endpoints that want it; gives how many do. */
  readonly tell: (world: World, event: Stripe.Event) => void
}

export function makeWorld({ timeline, makeId, origin, tell }: WorldTools): World {
  let asking: Stripe.Event.Request | null = null
  const world: World = {
    timeline,
    makeId,
    origin,
    customers: makeShelf('customer'),
    deletedCustomers: new Set(),
    paymentMethods: makeShelf('payment_method'),
    paymentIntents: makeShelf('payment_intent'),
    setupIntents: makeShelf('setup_intent'),
    charges: makeShelf('charge'),
    refunds: makeShelf('refund'),
    disputes: makeShelf('dispute'),
    sessions: makeShelf('checkout.session'),
    invoices: makeShelf('invoice'),
    balanceTransactions: makeShelf('balance_transaction'),
    events: makeShelf('event'),
    endpoints: makeShelf('webhook_endpoint'),
    portalSessions: makeShelf('billing_portal.session'),
    portalConfigurations: makeShelf('billing_portal.configuration'),
    cards: new Map(),
    orders: new Map(),
    payers: new Map(),
    secrets: new Map(),
    emit(type, object, before) {
      const data = before === undefined ? { object } : { object, previous_attributes: changed(before, object) }
      const event = {
        id: makeId('evt'),
        object: 'event',
        api_version: apiVersion,
        created: timeline.now(),
        // What an event tells stays what it was, whatever becomes of the object.
        data: JSON.parse(JSON.stringify(data)) as Stripe.Event.Data,
        livemode: false,
        pending_webhooks: wantedBy(world, type).length,
        request: asking ?? { id: null, idempotency_key: null },
        type,
      } satisfies Omit<Stripe.EventBase, 'type'> & { type: string }
      tell(world, world.events.put(event as Stripe.Event))
    },
    during(request, act) {
      const outer = asking
      asking = request
      try {
        return act()
      } finally {
        asking = outer
      }
    },
  }
  return world
}

/** Endpoints that asked for events of this type. */
export const wantedBy = ({ endpoints }: World, type: string): readonly Stripe.WebhookEndpoint[] =>
  endpoints
    .newestFirst()
    .filter(
      ({ status, enabled_events: wanted }) => status === 'enabled' && (wanted.includes('*') || wanted.includes(type)),
    )

function changed(before: object, after: object): object {
  const now = after as Record<string, unknown>
  const entries = Object.entries(before).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(now[name]))
  return Object.fromEntries(entries)
}
