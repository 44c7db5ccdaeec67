/** Stripe's webhooks (docs.stripe.com/webhooks): signature `v1` over the raw bytes, with a time that must be near. */
import type { Stripe } from 'stripe'
import { z } from 'zod'

/** An event as far as it is believed: that it happened, and to what. */
export type Notice = {
  readonly id: string
  readonly livemode: boolean
  readonly type: string
  readonly happenedAt: Date
  readonly object: { readonly kind: string; readonly id: string }
  /** The payment that it belongs to, where the object names it: who is meant, not what is so. */
  readonly intentId: string | undefined
  readonly chargeId: string | undefined
}

export type Heard =
  | { readonly kind: 'heard'; readonly notice: Notice }
  /** Signed, but of no use here. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'refused'; readonly why: string }

const toleranceSeconds = 300

const idOrObject = z.union([z.string(), z.object({ id: z.string() }).transform(({ id }) => id)]).nullish()

const eventShape = z.object({
  id: z.string().min(1).max(255),
  object: z.literal('event'),
  livemode: z.boolean(),
  type: z.string().min(1).max(255),
  created: z.number().int().nonnegative(),
  data: z.object({
    object: z.object({
      id: z.string().min(1).max(255),
      object: z.string().min(1).max(255),
      payment_intent: idOrObject,
      charge: idOrObject,
    }),
  }),
})

type Signed = { readonly bytes: Uint8Array; readonly signature: string | undefined; readonly secret: string }

/** Hears a webhook: refuses what is not signed with the secret, is altered, or is older or newer than five minutes. */
export function hear(
  { webhooks }: Pick<Stripe, 'webhooks'>,
  { bytes, signature, secret }: Signed,
  nowMs: number,
): Heard {
  if (signature === undefined) return { kind: 'refused', why: 'there is no Stripe-Signature' }
  const seconds = /(?:^|,)t=(\d{1,12})(?:,|$)/.exec(signature)?.[1]
  if (seconds === undefined) return { kind: 'refused', why: 'Stripe-Signature has no time' }
  if (Number(seconds) > nowMs / 1_000 + toleranceSeconds) return { kind: 'refused', why: 'it comes from the future' }
  let event: unknown
  try {
    event = webhooks.constructEvent(bytes, signature, secret, toleranceSeconds, undefined, nowMs)
  } catch (error) {
    const isOld = error instanceof Error && error.message.includes('tolerance')
    return { kind: 'refused', why: isOld ? 'it is older than five minutes' : 'it is not signed with the secret' }
  }
  return noticeIn(event)
}

/** An event as Stripe gives it; signed by Stripe, or read there. */
export function noticeIn(event: unknown): Heard {
  const parsed = eventShape.safeParse(event)
  if (!parsed.success) return { kind: 'idle' }
  const { id, livemode, type, created, data } = parsed.data
  const { object } = data
  const isIntent = object.object === 'payment_intent'
  const isCharge = object.object === 'charge'
  return {
    kind: 'heard',
    notice: {
      ...{ id, livemode, type },
      happenedAt: new Date(created * 1_000),
      object: { kind: object.object, id: object.id },
      intentId: isIntent ? object.id : (object.payment_intent ?? undefined),
      chargeId: isCharge ? object.id : (object.charge ?? undefined),
    },
  }
}
