import type { Stripe } from 'stripe'
import { notice, type Page } from './layout.ts'

export type PageAnswer =
  | {
      readonly kind: 'page'
      readonly page: Page
      readonly status?: number
      /** Where its forms may lead, beside here. */
      readonly leadsTo?: readonly string[]
    }
  | { readonly kind: 'moved'; readonly to: string }
  | { readonly kind: 'file'; readonly type: string; readonly name: string; readonly body: Buffer }

export const missingPage: PageAnswer = {
  kind: 'page',
  status: 404,
  page: notice(
    'This page does not exist',
    'The emulator keeps everything in memory: what was there before it was started again is gone.',
  ),
}

/** `Visa •••• 4242` */
export const cardName = ({ card }: Pick<Stripe.PaymentMethod, 'card'>): string =>
  `${(card?.brand ?? 'card').replace(/^./, (first) => first.toUpperCase())} •••• ${card?.last4 ?? ''}`
