import { cameOf, type PaymentRow } from '../store/rows.ts'

type Row = Pick<PaymentRow, 'id' | 'state' | 'amount' | 'short' | 'missing'>

/** What of a payment is not there, now. */
export type Share<R extends Row> = { readonly row: R; readonly short: bigint; readonly missing: bigint }

export type Shares<R extends Row> = {
  /** Payments of which another part is there than before. */
  readonly changed: readonly Share<R>[]
  /** What came beyond all of them. */
  readonly more: bigint
}

export const presentOf = (row: Row): bigint => cameOf(row) - BigInt(row.missing)

/**
 * Which payments to an address stand, oldest first, when so much came. Where it is less, the newest that are not credited are
 * short of it, then what was credited is missing; where it is more again, what was missing is there first. Pure.
 */
export function share<R extends Row>(standing: readonly R[], came: bigint): Shares<R> {
  let left = came - standing.reduce((sum, row) => sum + presentOf(row), 0n)
  const shares = standing.map((row) => ({ row, short: BigInt(row.short), missing: BigInt(row.missing) }))
  const take = (most: bigint): bigint => {
    const part = -left < most ? -left : most
    left += part
    return part
  }
  const give = (most: bigint): bigint => {
    const part = left < most ? left : most
    left -= part
    return part
  }
  const isFound = ({ row }: { readonly row: Row }) => row.state === 'found'
  const there = (each: Share<R>) => BigInt(each.row.amount) - each.short - each.missing
  if (left < 0n) {
    for (const each of shares.filter(isFound).toReversed()) each.short += take(there(each))
    for (const each of shares.filter((one) => !isFound(one)).toReversed()) each.missing += take(there(each))
  }
  if (left > 0n) {
    for (const each of shares) each.missing -= give(each.missing)
    for (const each of shares) each.short -= give(each.short)
  }
  const isChanged = ({ row, short, missing }: Share<R>) =>
    short !== BigInt(row.short) || missing !== BigInt(row.missing)
  return { changed: shares.filter(isChanged), more: left > 0n ? left : 0n }
}
