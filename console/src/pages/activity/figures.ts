import type { Schemas } from '../../api/schema.ts'
import { type Amount, formatCreditsAxis } from '../../lib/chart.ts'
import { credits, formatMoney, type MoneyUnit } from '../../lib/money.ts'
import { formatCompact, formatCount, formatDuration, formatRate, formatShare } from '../../lib/numbers.ts'

export type Told = Schemas['UsageSeries']
type Value = string | number | null

/** A value as it was told: exact credits, a plain number, undefined where there was nothing to tell. */
export const amountOf = (value: Value): Amount | undefined =>
  value === null ? undefined : typeof value === 'string' ? credits(value) : value

/** A figure for people, with its unit. */
export function formatFigure(amount: Amount, unit: Told['unit'], moneyUnit: MoneyUnit): string {
  switch (unit) {
    case 'credits':
      return formatMoney(BigInt(amount), moneyUnit)
    case 'calls':
    case 'tokens':
      return formatCount(Number(amount))
    case 'ms':
      return formatDuration(Number(amount))
    case 'share':
      return formatShare(Number(amount))
    case 'tokens_per_second':
      return formatRate(Number(amount))
  }
}

/** A short figure for an axis; credits come in milli-credits. */
export function formatAxis(amount: number, unit: Told['unit'], moneyUnit: MoneyUnit): string {
  switch (unit) {
    case 'credits':
      return formatCreditsAxis(amount, moneyUnit)
    case 'calls':
    case 'tokens':
      return formatCompact(amount)
    default:
      return formatFigure(amount, unit, moneyUnit)
  }
}

/** How much more or less it is than before: '+12.5 %'. Undefined where nothing was before. */
export function changeOf(now: Value | undefined, before: Value | undefined): string | undefined {
  if (now === undefined || now === null || before === undefined || before === null || Number(before) === 0)
    return undefined
  const change = (Number(now) - Number(before)) / Number(before)
  if (Math.abs(change) < 0.0005) return '±0 %'
  return `${change > 0 ? '+' : '−'}${formatShare(Math.abs(change))}`
}
