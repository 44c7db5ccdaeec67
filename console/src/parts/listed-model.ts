import type { Schemas } from '../api/schema.ts'
import { listedNames, type Price, type PriceClass, readPerUnit } from '../lib/price.ts'

/** A model as everybody sees it. */
export type ListedModel = Schemas['Model']

/** The price of a class, if it has one of its own. */
export function priceOf(model: ListedModel, name: PriceClass): Price | undefined {
  const text = model.pricing[listedNames[name]]
  return typeof text === 'string' ? readPerUnit(text) : undefined
}

/** Whether nothing that it does costs anything. */
export const isFree = ({ pricing }: ListedModel): boolean =>
  Object.values(pricing).every((price) => readPerUnit(String(price)) === 0n)
