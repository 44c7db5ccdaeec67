import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Stripe } from 'stripe'
import type { Chance, Clock } from '../../server/src/core/clock.ts'
import { addEndpoint } from './api/events.ts'
import { makeChaos, type Chaos } from './chaos.ts'
import { answerControl } from './control.ts'
import { makeCourier, retriesMs, type Courier, type Delivery } from './hooks/courier.ts'
import { closeDispute, openDispute } from './objects/disputes.ts'
import { failRefund } from './objects/refunds.ts'
import { answerPage } from './pages/index.ts'
import { answerJson, isLocal } from './protocol/exchange.ts'
import { makeIdempotencyKeys } from './protocol/idempotency.ts'
import { answerApi, type ApiTools } from './protocol/requests.ts'
import { idSource } from './world/ids.ts'
import { startTimeline, type Timeline } from './world/timeline.ts'
import { makeWorld, wantedBy, type World } from './world/world.ts'

export type EmulatorSettings = {
  readonly clock: Pick<Clock, 'nowMs'>
  readonly chance: Chance
  /** 0: any free one. */
  readonly port: number
  readonly secretKey: string
  readonly webhookSecret: string
  /** Where events go from the first one on; none: nowhere until an endpoint is made. */
  readonly webhookUrl?: string | undefined
  readonly chaos?: Partial<Chaos> | undefined
  readonly retryDelaysMs?: readonly number[] | undefined
}

/** A running emulator. */
export type StripeEmulator = {
  /** `http://127.0.0.1:PORT`: of the API and of the hosted pages. */
  readonly url: string
  readonly secretKey: string
  readonly webhookSecret: string
  /** What is at "Stripe", to look at. */
  readonly world: World
  /** Adds an endpoint that wants all events, signed under `webhookSecret`. */
  readonly sendWebhooksTo: (url: string) => void
  /** Changes what is named; throws on what makes no sense. */
  readonly setChaos: (change: Partial<Chaos>) => void
  /** Jumps ahead in the emulator's time: sessions expire, refunds fail, retries are sent. */
  readonly advance: (ms: number) => void
  readonly deliveries: () => readonly Delivery[]
  /** Sends a delivery once more. */
  readonly resend: (deliveryId: string) => boolean
  /** Resolves when no webhook is on its way or waits to be sent again. */
  readonly settled: () => Promise<void>
  readonly dispute: (chargeId: string, reason?: string) => Stripe.Dispute
  readonly closeDispute: (disputeId: string, verdict: 'won' | 'lost') => Stripe.Dispute
  readonly failRefund: (refundId: string) => Stripe.Refund
  readonly close: () => Promise<void>
}

export async function runEmulator(settings: EmulatorSettings): Promise<StripeEmulator> {
  const { secretKey, webhookSecret, webhookUrl } = settings
  let url = ''
  const parts = assemble(settings, () => url)
  const { world, courier, chaos, timeline } = parts
  const server = createServer((request, response) => {
    void answer(parts, request, response).catch((error: unknown) => {
      console.error(error)
      response.destroy()
    })
  })
  server.listen(settings.port, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const sendWebhooksTo = (to: string) =>
    void addEndpoint(world, { url: to, secret: webhookSecret, enabled_events: ['*'] })
  const setChaos = (change: Partial<Chaos>) => {
    const wrong = chaos.set(change)
    if (wrong !== undefined) throw new Error(wrong)
  }
  if (webhookUrl !== undefined) sendWebhooksTo(webhookUrl)
  if (settings.chaos !== undefined) setChaos(settings.chaos)
  return {
    ...{ url, secretKey, webhookSecret, world, sendWebhooksTo, setChaos },
    advance: timeline.advance,
    deliveries: courier.deliveries,
    resend: courier.resend,
    settled: courier.settled,
    dispute: (chargeId, reason = 'fraudulent') => openDispute(world, chargeId, { reason, networkReasonCode: '10.4' }),
    closeDispute: (id, verdict) => closeDispute(world, id, verdict),
    failRefund: (id) => failRefund(world, id),
    async close() {
      timeline.stop()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

type Parts = ApiTools & { readonly courier: Courier; readonly timeline: Timeline }

function assemble(
  { clock, chance, secretKey, retryDelaysMs = retriesMs }: EmulatorSettings,
  origin: () => string,
): Parts {
  const timeline = startTimeline(clock)
  const chaos = makeChaos()
  const makeId = idSource(chance)
  const courier = makeCourier({
    ...{ timeline, chaos, makeId, retryDelaysMs },
    settledOne: (eventId) => taken(world, eventId),
    stillWanted: (endpointId) => world.endpoints.find(endpointId)?.status === 'enabled',
  })
  const world = makeWorld({
    ...{ timeline, makeId, origin },
    tell(_, event) {
      const endpoints = wantedBy(world, event.type)
      courier.send(
        event,
        endpoints.map(({ id, url }) => ({ id, url, secret: world.secrets.get(id)! })),
      )
    },
  })
  return { timeline, chaos, courier, world, secretKey, keys: makeIdempotencyKeys(timeline.nowMs) }
}

async function answer(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isLocal(request)) {
    answerJson(response, 403, { error: 'The emulator answers this machine alone, and no page of another origin.' })
    return
  }
  if (!URL.canParse(request.url ?? '/', 'http://emulator')) {
    answerJson(response, 400, { error: 'This is no address.' })
    return
  }
  if ((request.url ?? '').startsWith('/v1/')) return answerApi(parts, request, response)
  if (!(await answerControl(parts, request, response))) await answerPage(parts.world, request, response)
}

function taken(world: World, eventId: string): void {
  const event = world.events.find(eventId)
  if (event) world.events.put({ ...event, pending_webhooks: Math.max(0, event.pending_webhooks - 1) })
}
