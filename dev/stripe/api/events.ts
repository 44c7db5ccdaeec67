import type { Stripe } from 'stripe'
import { z } from 'zod'
import { invalid } from '../protocol/faults.ts'
import { flag, isWithin, metadata, paging, paramsOf, range, text, url, withMetadata } from '../protocol/params.ts'
import { pageOf } from '../world/shelf.ts'
import { apiVersion, type World } from '../world/world.ts'
import { route, type Route } from './route.ts'

const nothing = z.strictObject({})
const keptSeconds = 30 * 86_400

const listing = paramsOf<Stripe.EventListParams>()({
  ...paging,
  created: range.optional(),
  delivery_success: flag.optional(),
  type: text.optional(),
  types: z.array(text).max(20).optional(),
})

/** `charge.*` is every type that begins so. */
const isOfType = (type: string, pattern: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern

export const eventRoutes: readonly Route[] = [
  route('GET', '/v1/events', listing, ({ world, params, path }) => {
    if (params.type !== undefined && params.types !== undefined)
      throw invalid('You may only specify one of these parameters: type, types.')
    const patterns = params.types ?? (params.type === undefined ? ['*'] : [params.type])
    const oldest = world.timeline.now() - keptSeconds
    const found = world.events
      .newestFirst()
      .filter(
        ({ created, type, pending_webhooks: pending }) =>
          created >= oldest &&
          isWithin(created, params.created) &&
          patterns.some((pattern) => isOfType(type, pattern)) &&
          (params.delivery_success === undefined || params.delivery_success === (pending === 0)),
      )
    return pageOf('event', found, path, params)
  }),
  route('GET', '/v1/events/:id', nothing, ({ world, id }) => world.events.get(id)),
]

const endpointFields = {
  description: z.string().optional(),
  metadata: metadata.optional(),
}

export const webhookRoutes: readonly Route[] = [
  route(
    'POST',
    '/v1/webhook_endpoints',
    paramsOf<Stripe.WebhookEndpointCreateParams>()({
      ...endpointFields,
      url,
      enabled_events: z.array(text).min(1),
      api_version: z.literal(apiVersion).optional(),
    }),
    ({ world, params }) => {
      const made = addEndpoint(world, { ...params, secret: world.makeId('whsec', 32) })
      return { ...made, secret: world.secrets.get(made.id) }
    },
  ),
  route('GET', '/v1/webhook_endpoints', z.strictObject(paging), ({ world, params, path }) =>
    pageOf('webhook_endpoint', world.endpoints.newestFirst(), path, params),
  ),
  route('GET', '/v1/webhook_endpoints/:id', nothing, ({ world, id }) => world.endpoints.get(id)),
  route(
    'POST',
    '/v1/webhook_endpoints/:id',
    paramsOf<Stripe.WebhookEndpointUpdateParams>()({
      ...endpointFields,
      url: url.optional(),
      enabled_events: z.array(text).min(1).optional(),
      disabled: flag.optional(),
    }),
    ({ world, id, params }) => {
      const before = world.endpoints.get(id)
      if (params.url !== undefined) checkLoopback(params.url)
      return world.endpoints.put({
        ...before,
        url: params.url ?? before.url,
        enabled_events: params.enabled_events ?? before.enabled_events,
        description: params.description ?? before.description,
        metadata: withMetadata(before.metadata, params.metadata ?? {}),
        status: params.disabled === undefined ? before.status : params.disabled ? 'disabled' : 'enabled',
      })
    },
  ),
  route('DELETE', '/v1/webhook_endpoints/:id', nothing, ({ world, id }) => {
    world.endpoints.get(id)
    world.endpoints.remove(id)
    return { id, object: 'webhook_endpoint', deleted: true } satisfies Stripe.DeletedWebhookEndpoint
  }),
]

export type EndpointGiven = {
  readonly url: string
  readonly secret: string
  readonly enabled_events: readonly string[]
  readonly description?: string | undefined
  readonly metadata?: Record<string, string> | null | undefined
}

export function addEndpoint(world: World, given: EndpointGiven): Stripe.WebhookEndpoint {
  checkLoopback(given.url)
  const id = world.makeId('we')
  world.secrets.set(id, given.secret)
  return world.endpoints.put({
    id,
    object: 'webhook_endpoint',
    api_version: null,
    application: null,
    created: world.timeline.now(),
    description: given.description ?? null,
    enabled_events: [...given.enabled_events],
    livemode: false,
    metadata: withMetadata({}, given.metadata),
    status: 'enabled',
    url: given.url,
  })
}

/** Nothing leaves this machine. */
function checkLoopback(address: string): void {
  const { protocol, hostname } = new URL(address)
  const isHere = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname) || hostname.endsWith('.localhost')
  if (protocol === 'http:' && isHere) return
  throw invalid(`Invalid URL: the emulator sends webhooks to this machine alone, by http (got ${address}).`, {
    code: 'url_invalid',
    param: 'url',
  })
}
