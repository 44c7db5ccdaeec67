import { type PriceClass, priceClassNames, readPerMillion, toPerMillionText } from '../../lib/price.ts'
import { fromLocalInput, type Zone } from '../../lib/time.ts'

/** New prices as typed: USD per million for each class; when they begin, empty for at once. */
export type PriceDraft = {
  readonly usd: { readonly [Name in PriceClass]?: string }
  readonly startsAt: string
}

export const emptyPrices: PriceDraft = { usd: {}, startsAt: '' }

/** The prices that are typed and make sense, as the API takes them. */
export function draftPrices({ usd }: PriceDraft): Partial<Record<PriceClass, string>> {
  const found: Partial<Record<PriceClass, string>> = {}
  for (const name of priceClassNames) {
    const price = readPerMillion(usd[name] ?? '')
    if (price !== undefined && price >= 0n) found[name] = toPerMillionText(price)
  }
  return found
}

/** Whether a text is no price, though something was typed. */
export const isWrong = (text: string | undefined): boolean => {
  if (text === undefined || text.trim() === '') return false
  const price = readPerMillion(text)
  return price === undefined || price < 0n
}

/** When the draft begins: undefined at once; null for a text that is no time. */
export function draftStart({ startsAt }: PriceDraft, zone: Zone): Date | undefined | null {
  return startsAt === '' ? undefined : (fromLocalInput(startsAt, zone) ?? null)
}

export function draftReason(draft: PriceDraft, zone: Zone, now: Date): string | undefined {
  if (Object.values(draft.usd).some(isWrong)) return 'A price is digits with decimals after a point, such as 0.15.'
  if (Object.keys(draftPrices(draft)).length === 0) return 'Type a new price first.'
  const start = draftStart(draft, zone)
  if (start === null) return 'Say when they begin.'
  return start !== undefined && start <= now ? 'The beginning has passed: choose a later one, or at once.' : undefined
}
