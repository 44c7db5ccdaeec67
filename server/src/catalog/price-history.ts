import type { CatalogSnapshot, Price } from './types.ts'

/** From a moment on, lists show this price of a class; `undefined`: none any more. */
export type PriceStep = { readonly at: Date; readonly class: Price['class']; readonly price: Price | undefined }

/** How the prices that lists show of a model came about and will go on, by who serves it now. Oldest first. */
export function priceHistory(snapshot: CatalogSnapshot, modelId: string): readonly PriceStep[] {
  const steps: PriceStep[] = []
  let before: ReturnType<CatalogSnapshot['listPrices']> = {}
  for (const moment of snapshot.priceMoments(modelId)) {
    const now = snapshot.listPrices(modelId, moment)
    for (const name of new Set([...Object.keys(before), ...Object.keys(now)]) as Set<Price['class']>) {
      if (before[name]?.perMillion !== now[name]?.perMillion)
        steps.push({ at: new Date(moment), class: name, price: now[name] })
    }
    before = now
  }
  return steps
}
