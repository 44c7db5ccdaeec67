import { formatUsd, type MilliCredits } from './money.ts'

export type AutoTopUpDraft = {
  readonly threshold: MilliCredits
  readonly amount: MilliCredits
  /** What the card is charged for it: the amount and the fee. */
  readonly total: MilliCredits
  readonly ceiling: MilliCredits
}

/** What an auto top-up will do, read back before it is set. `card`: 'Visa ending in 4242'. */
export function autoTopUpSentence({ threshold, amount, total, ceiling }: AutoTopUpDraft, card: string): string {
  const times = ceiling / total
  return (
    `When less than ${formatUsd(threshold)} is available, ${card} is charged ${formatUsd(total)} for ` +
    `${formatUsd(amount)} of credits: at most ${formatUsd(ceiling)} in a calendar month (UTC), ` +
    `which is ${times === 1n ? 'once' : `${times} times`}.`
  )
}

type Partial = { readonly [Name in keyof AutoTopUpDraft]: AutoTopUpDraft[Name] | undefined }

/** Why it cannot be set so; undefined when it can. */
export function autoTopUpProblem(
  { threshold, amount, total, ceiling }: Partial,
  limits: { readonly min: MilliCredits; readonly max: MilliCredits },
): string | undefined {
  if (threshold === undefined || threshold <= 0n) return 'Say below which balance it begins.'
  if (amount === undefined || total === undefined) return 'Say how much is bought each time.'
  if (amount < limits.min) return `At least ${formatUsd(limits.min)} is bought at a time.`
  if (amount > limits.max) return `At most ${formatUsd(limits.max)} is bought at a time.`
  if (ceiling === undefined) return 'Say how much may be charged in a month.'
  if (ceiling < total)
    return `One purchase costs ${formatUsd(total)}: with a lower ceiling nothing would ever be bought.`
  return undefined
}

/** The draft, once it is known that nothing is wrong with it. */
export const wholeDraft = ({ threshold, amount, total, ceiling }: Partial): AutoTopUpDraft | undefined =>
  threshold === undefined || amount === undefined || total === undefined || ceiling === undefined
    ? undefined
    : { threshold, amount, total, ceiling }
