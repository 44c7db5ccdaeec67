import type { Stripe } from 'stripe'
import type { ChaosSwitches } from '../chaos.ts'
import type { Timeline } from '../world/timeline.ts'
import { post, type PostOutcome } from './post.ts'
import { signatureHeader } from './signature.ts'

export type Endpoint = { readonly id: string; readonly url: string; readonly secret: string }

export type Attempt = PostOutcome & { readonly at: number }

/** One event on its way to one endpoint. */
export type Delivery = {
  readonly id: string
  readonly event: string
  readonly type: string
  readonly endpoint: string
  readonly url: string
  readonly state: 'waiting' | 'delivered' | 'given up' | 'dropped'
  readonly attempts: readonly Attempt[]
}

export type Courier = {
  readonly send: (event: Stripe.Event, endpoints: readonly Endpoint[]) => void
  /** The newest first. */
  readonly deliveries: () => readonly Delivery[]
  /** Sends it once more, as the dashboard's button does, whatever became of it. */
  readonly resend: (deliveryId: string) => boolean
  /** Resolves when nothing is on its way any more: all was taken, dropped or given up. */
  readonly settled: () => Promise<void>
}

/** Stripe goes on for hours in test mode and for three days in live mode; a session on a laptop is shorter. */
export const retriesMs = [1_000, 2_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000]

const keptMax = 2_000

type Kept = { delivery: Delivery; readonly payload: string; readonly endpoint: Endpoint }

export type CourierTools = {
  readonly timeline: Timeline
  readonly chaos: ChaosSwitches
  readonly makeId: (prefix: string) => string
  readonly retryDelaysMs: readonly number[]
  /** An endpoint has taken an event, or never will. */
  readonly settledOne: (eventId: string) => void
  readonly stillWanted: (endpointId: string) => boolean
}

export function makeCourier(tools: CourierTools): Courier {
  const kept = new Map<string, Kept>()
  const waiting = new Set<() => void>()
  let underWay = 0

  function leave() {
    underWay--
    if (underWay > 0) return
    for (const resolve of waiting) resolve()
    waiting.clear()
  }

  function end(one: Kept, state: Delivery['state']) {
    const { state: before } = one.delivery
    // Of several copies, and of one sent again, the first that arrived counts.
    if (before !== 'delivered') note(one, { state })
    if (before === 'waiting') tools.settledOne(one.delivery.event)
    leave()
  }

  async function attempt(one: Kept, number: number): Promise<void> {
    const { endpoint, payload } = one
    if (!tools.stillWanted(endpoint.id)) return end(one, 'given up')
    const at = tools.timeline.now()
    const outcome = await deliver(endpoint, payload, tools.timeline.realNowMs())
    note(one, { attempts: [...one.delivery.attempts, { at, ...outcome }] })
    if (outcome.status !== null && outcome.status >= 200 && outcome.status < 300) return end(one, 'delivered')
    const delayMs = tools.retryDelaysMs[number]
    if (delayMs === undefined) return end(one, 'given up')
    tools.timeline.after(delayMs, () => void attempt(one, number + 1))
  }

  function start(one: Kept, delayMs: number) {
    underWay++
    if (delayMs === 0) setImmediate(() => void attempt(one, 0))
    else tools.timeline.after(delayMs, () => void attempt(one, 0))
  }

  return {
    send(event, endpoints) {
      const payload = JSON.stringify(event, null, 2)
      for (const endpoint of endpoints) {
        const id = tools.makeId('whd')
        const delivery = { id, event: event.id, type: event.type, endpoint: endpoint.id, url: endpoint.url }
        const one: Kept = { delivery: { ...delivery, state: 'waiting', attempts: [] }, payload, endpoint }
        kept.set(id, one)
        const oldest = kept.keys().next()
        if (kept.size > keptMax && !oldest.done) kept.delete(oldest.value)
        const delaysMs = tools.chaos.deliveryDelaysMs()
        for (const delayMs of delaysMs) start(one, delayMs)
        if (delaysMs.length > 0) continue
        underWay++
        end(one, 'dropped')
      }
    },
    deliveries: () => [...kept.values()].map(({ delivery }) => delivery).toReversed(),
    resend(deliveryId) {
      const one = kept.get(deliveryId)
      if (one) start(one, 0)
      return one !== undefined
    },
    settled: () => (underWay === 0 ? Promise.resolve() : new Promise((resolve) => waiting.add(() => resolve()))),
  }
}

function note(one: Kept, change: Partial<Delivery>): void {
  one.delivery = { ...one.delivery, ...change }
}

/** Signed by the receiver's time: a jump of the emulator's clock must not make it look forged. */
const deliver = (endpoint: Endpoint, payload: string, realNowMs: number): Promise<PostOutcome> =>
  post(endpoint.url, payload, {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
    accept: '*/*; q=0.5, application/xml',
    'stripe-signature': signatureHeader(payload, endpoint.secret, Math.floor(realNowMs / 1_000)),
    'content-length': String(Buffer.byteLength(payload)),
  })
