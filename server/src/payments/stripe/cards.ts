import type { Stripe } from 'stripe'
import type { Uuid } from '../../core/ids.ts'
import { withdrawCard } from './auto-top-up/cards.ts'
import { findCustomerId } from './customers.ts'
import { asking, faultOf } from './faults.ts'
import { idIn } from './snapshot.ts'
import type { StripeTools } from './tools.ts'

/** A card that may be charged again; its number is Stripe's alone. */
export type Card = {
  readonly id: string
  readonly brand: string
  readonly last4: string
  readonly expires: { readonly month: number; readonly year: number }
}

const cardsMax = 100

/** The cards that were saved for an account, newest first. */
export async function cardsOf(tools: StripeTools, accountId: Uuid): Promise<Card[]> {
  const customer = await findCustomerId(tools, accountId)
  if (customer === undefined) return []
  try {
    const { data } = await tools.stripe.paymentMethods.list({ customer, type: 'card', limit: cardsMax })
    return data.flatMap(cardIn)
  } catch (error) {
    if (faultOf(error)?.kind === 'missing') return []
    throw error
  }
}

/** A card of an account; `undefined` where it is not the account's, or is not there. */
export async function findCard(tools: StripeTools, accountId: Uuid, cardId: string): Promise<Card | undefined> {
  const customer = await findCustomerId(tools, accountId)
  if (customer === undefined || !/^(pm|card)_\w{1,250}$/.test(cardId)) return undefined
  try {
    const method = await tools.stripe.paymentMethods.retrieve(cardId)
    return idIn(method.customer) === customer ? cardIn(method)[0] : undefined
  } catch (error) {
    if (faultOf(error)?.kind === 'missing') return undefined
    throw error
  }
}

/** Automatic top-ups that charge it pause. `false`: the account has no such card. */
export async function removeCard(tools: StripeTools, accountId: Uuid, cardId: string): Promise<boolean> {
  if (!(await findCard(tools, accountId, cardId))) return false
  await asking(tools, () => tools.stripe.paymentMethods.detach(cardId))
  await withdrawCard(tools, cardId)
  return true
}

const cardIn = ({ id, card }: Stripe.PaymentMethod): Card[] =>
  card ? [{ id, brand: card.brand, last4: card.last4, expires: { month: card.exp_month, year: card.exp_year } }] : []
