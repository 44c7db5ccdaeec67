import { formatUsd, type MoneyUnit } from './money.ts'
import { formatCompact } from './numbers.ts'

/** What a chart draws: whole milli-credits (bigint) or plain numbers, one kind in a chart. */
export type Amount = number | bigint

/** As a number, for the place on the paper only; figures that are read come from the amount itself. */
export const heightOf = (amount: Amount): number => Number(amount)

/** The exact sum; 0 for none. */
export function sumOf(amounts: readonly Amount[]): Amount {
  if (amounts.every((amount) => typeof amount === 'bigint')) return amounts.reduce((sum, amount) => sum + amount, 0n)
  return amounts.reduce((sum: number, amount) => sum + Number(amount), 0)
}

/** Round steps from 0 past `most` for an axis, four or five of them: 0, 20, 40, 60, 80. */
export function axisSteps(most: number): readonly number[] {
  if (!(most > 0)) return [0, 1]
  const rough = most / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough * 0.999) ?? 10) * power
  const count = Math.ceil(most / step - 1e-9)
  return Array.from({ length: count + 1 }, (_none, index) => Number((index * step).toPrecision(12)))
}

/** Milli-credits for an axis: '5k', '$1.00'. */
export const formatCreditsAxis = (amount: number, unit: MoneyUnit): string =>
  unit === 'usd' ? formatUsd(BigInt(Math.round(amount))) : formatCompact(amount / 1_000)

/** Which of `count` buckets get a name on an axis with room for `most` names: evenly spread, from the first. */
export function namedBuckets(count: number, most: number): readonly number[] {
  const every = Math.max(1, Math.ceil(count / Math.max(1, most)))
  return Array.from({ length: Math.ceil(count / every) }, (_none, index) => index * every)
}

/** The path of a line through the values, broken where there is none. */
export function linePath(
  values: readonly (Amount | undefined)[],
  xOf: (index: number) => number,
  yOf: (value: Amount) => number,
): string {
  let isDrawing = false
  return values
    .map((value, index) => {
      if (value === undefined) {
        isDrawing = false
        return ''
      }
      const step = `${isDrawing ? 'L' : 'M'}${xOf(index).toFixed(1)} ${yOf(value).toFixed(1)}`
      isDrawing = true
      return step
    })
    .join('')
}
