import { z } from '@hono/zod-openapi'
import { AppError } from '../../../core/errors.ts'
import { comeBack, returnPath } from '../../../payments/index.ts'
import { invalid } from '../../faults.ts'
import { idField } from '../../fields.ts'
import { type AnyOperation, operation, redirectAnswer } from '../../operation.ts'
import { tag } from './stripe-tools.ts'

const postWebhook = operation({
  id: 'receiveStripeWebhook',
  method: 'post',
  path: '/payments/stripe/webhook',
  tag,
  summary: 'Where Stripe says that something happened',
  description:
    'For Stripe alone: signed (`Stripe-Signature`) with STRIPE_WEBHOOK_SECRET over the bytes as they are, at most five minutes ' +
    'ago. What is said is only that something happened; what is so is read at Stripe.',
  allowed: 'anyone',
  unrepeatable: true,
  takesRaw: true,
  answer: z.object({ received: z.literal(true) }),
  audit: 'nothing',
  run: async ({ api, raw }) => {
    const delivered = await api.stripe.deliver(raw.bytes, raw.header('stripe-signature'))
    if (delivered.kind === 'taken') return { received: true as const }
    if (delivered.kind === 'refused') throw invalid(`The webhook is refused: ${delivered.why}.`)
    const message = 'Webhooks of Stripe are refused as long as STRIPE_WEBHOOK_SECRET is not set.'
    throw new AppError('not_allowed', { message })
  },
})

const getReturn = operation({
  id: 'returnFromStripe',
  method: 'get',
  path: returnPath.replace('/api/v1', '') as `/${string}`,
  tag,
  summary: 'Come back from a page at Stripe',
  description: 'Reads there how the payment stands and leads on to the console.',
  allowed: 'anyone',
  query: z.looseObject({ order_id: idField.optional() }),
  answer: redirectAnswer,
  status: 302,
  run: async ({ api, query: { order_id: orderId } }) => {
    if (orderId === undefined) return { location: '/credits?part=auto-top-up' }
    if (api.stripe.tools) await comeBack(api.stripe.tools, orderId)
    return { location: `/credits/add?${new URLSearchParams({ payment: orderId }).toString()}` }
  },
})

export const stripeOperations: readonly AnyOperation[] = [postWebhook, getReturn]
