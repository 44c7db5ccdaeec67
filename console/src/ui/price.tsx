import type { ReactElement } from 'react'
import {
  formatPerMillion,
  formatPerOne,
  formatUnitCredits,
  type Price,
  type PriceClass,
  priceClasses,
} from '../lib/price.ts'

/** A price in both units: credits for one, USD for a million; what is not counted in millions for one in both. */
export function PriceBoth({ price, of }: { readonly price: Price | undefined; readonly of: PriceClass }): ReactElement {
  if (price === undefined) return <span className="faint">-</span>
  if (price === 0n) return <span className="price">free</span>
  const { unit } = priceClasses[of]
  const credits = formatUnitCredits(price)
  const usd = unit === 'token' ? formatPerMillion(price) : formatPerOne(price)
  const per = unit === 'token' ? 'million' : unit
  return (
    <span className="price" title={`${credits} credits per ${unit} = ${usd} per ${per}`}>
      <span>{credits}</span> <span className="soft">{usd}</span>
    </span>
  )
}
