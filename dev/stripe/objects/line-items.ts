import { Stripe } from 'stripe'
import type { World } from '../world/world.ts'

export type LineGiven = {
  readonly price_data: {
    readonly currency: string
    readonly unit_amount: number
    readonly tax_behavior?: 'exclusive' | 'inclusive' | 'unspecified' | undefined
    readonly product_data: { readonly name: string; readonly description?: string | undefined }
  }
  readonly quantity?: number | undefined
}

/** A line whose price was given with it; Stripe makes a product and a price of it that nobody can buy by themselves. */
export function lineItem(world: World, { price_data: data, quantity = 1 }: LineGiven): Stripe.LineItem {
  const amount = data.unit_amount * quantity
  const price: Stripe.Price = {
    id: world.makeId('price'),
    object: 'price',
    active: false,
    billing_scheme: 'per_unit',
    created: world.timeline.now(),
    currency: data.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product: world.makeId('prod', 14),
    recurring: null,
    tax_behavior: data.tax_behavior ?? 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'one_time',
    unit_amount: data.unit_amount,
    unit_amount_decimal: Stripe.Decimal.from(data.unit_amount),
  }
  return {
    id: world.makeId('li'),
    object: 'item',
    adjustable_quantity: null,
    amount_discount: 0,
    amount_subtotal: amount,
    amount_tax: 0,
    amount_total: amount,
    currency: data.currency,
    description: data.product_data.name,
    metadata: {},
    price,
    quantity,
  }
}

/** Percent, in hundredths, of what a country takes on top; no country that is not here takes anything. */
const taxRates: Readonly<Record<string, number>> = { DE: 1_900, FR: 2_000, GB: 2_000, NL: 2_100, IE: 2_300 }

/** The lines with the tax of the payer's country, half a cent up. */
export function taxed(lines: readonly Stripe.LineItem[], country: string): readonly Stripe.LineItem[] {
  const rate = taxRates[country] ?? 0
  return lines.map((line) => {
    const isInside = line.price?.tax_behavior === 'inclusive'
    const base = isInside ? 10_000 + rate : 10_000
    const tax = Math.floor((line.amount_subtotal * rate * 2 + base) / (base * 2))
    return { ...line, amount_tax: tax, amount_total: isInside ? line.amount_subtotal : line.amount_subtotal + tax }
  })
}

export const sum = (
  lines: readonly Stripe.LineItem[],
  what: 'amount_subtotal' | 'amount_tax' | 'amount_total',
): number => lines.reduce((total, line) => total + line[what], 0)
