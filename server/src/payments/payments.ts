import type { PaymentSettings } from '../platform/payment-settings.ts'
import type { FeeTerms, RailName } from './orders/types.ts'
import type { Rail } from './rail.ts'

/** The ways in which credits are bought here, and on which terms. */
export type Payments = {
  readonly settings: PaymentSettings
  /** The rails that this server knows, also those that lack a setting. */
  readonly rails: Readonly<Partial<Record<RailName, Rail>>>
}

/** What a payment by this rail costs, and for how long its credits are held. */
export const termsOf = (
  { cardFee, cryptoFee, cardHeldDays }: PaymentSettings,
  rail: RailName,
): { readonly terms: FeeTerms; readonly heldDays: number } =>
  rail === 'card' ? { terms: cardFee, heldDays: cardHeldDays } : { terms: cryptoFee, heldDays: 0 }

/** The rail that an order came by: what agents pay by HTTP comes over the same chains as the rest, and goes back over them. */
export const railOf = ({ rails }: Pick<Payments, 'rails'>, { rail }: { readonly rail: RailName }): Rail | undefined =>
  rails[rail === 'x402' ? 'crypto' : rail]
