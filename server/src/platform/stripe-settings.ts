import { z } from 'zod'

/** What the environment decides about cards. */
export type StripeSettings = {
  /** `undefined`: nobody pays by card here. */
  readonly secretKey: string | undefined
  /** Whether the key moves real money. */
  readonly isLive: boolean
  /** `undefined`: webhooks are refused, and what happens at Stripe is found by asking alone. */
  readonly webhookSecret: string | undefined
  /** Where Stripe's API is, in place of Stripe's own; for the emulator. */
  readonly apiUrl: string | undefined
  /** Whether Stripe works out tax on top of what is paid. */
  readonly tax: boolean
  /** Whether Stripe makes an invoice for what is paid on its page. */
  readonly invoices: boolean
}

const onOff = z
  .enum(['on', 'off'], { error: 'must be on or off' })
  .transform((value) => value === 'on')
  .default(false)

function isOrigin(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false
  const { origin, href } = new URL(text)
  return href === `${origin}/`
}

/** Two names are Stripe's, as its own tools write them. */
export const stripeFields = {
  STRIPE_SECRET_KEY: z
    .string()
    .regex(
      /^[sr]k_(test|live)_[\w-]+$/,
      'must be a secret or restricted key of Stripe, which begins with sk_test_, rk_test_, sk_live_ or rk_live_',
    )
    .optional(),
  STRIPE_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_.{8,}$/, 'must be the signing secret of a webhook endpoint, which begins with whsec_')
    .optional(),
  REDPILL_STRIPE_API_URL: z
    .string()
    .refine(isOrigin, 'must be an origin such as http://127.0.0.1:12111, without a path')
    .transform((text) => new URL(text).origin)
    .optional(),
  REDPILL_STRIPE_TAX: onOff,
  REDPILL_STRIPE_INVOICES: onOff,
}

type Fields = z.output<z.ZodObject<typeof stripeFields>>

const isLiveKey = (key: string | undefined): boolean => /^[sr]k_live_/.test(key ?? '')

/** What does not go together. */
export function stripeProblems(fields: Fields): readonly string[] {
  const { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: webhookSecret, REDPILL_STRIPE_API_URL: apiUrl } = fields
  return [
    ...(isLiveKey(key) && apiUrl !== undefined
      ? ['REDPILL_STRIPE_API_URL must not be set with a live key: real money is asked for at Stripe alone']
      : []),
    ...(key === undefined && webhookSecret !== undefined
      ? ['STRIPE_SECRET_KEY must be set where STRIPE_WEBHOOK_SECRET is']
      : []),
    ...(key === undefined && apiUrl !== undefined
      ? ['STRIPE_SECRET_KEY must be set where REDPILL_STRIPE_API_URL is']
      : []),
  ]
}

export const arrangeStripe = (fields: Fields): StripeSettings => ({
  secretKey: fields.STRIPE_SECRET_KEY,
  isLive: isLiveKey(fields.STRIPE_SECRET_KEY),
  webhookSecret: fields.STRIPE_WEBHOOK_SECRET,
  apiUrl: fields.REDPILL_STRIPE_API_URL,
  tax: fields.REDPILL_STRIPE_TAX,
  invoices: fields.REDPILL_STRIPE_INVOICES,
})
