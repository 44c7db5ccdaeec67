import { readDecimal, writeDecimal } from './money.ts'

/** Units of a token as people write them: '20.4' of 20400000 with six decimals. Exact. */
export const tokenText = (units: bigint, decimals: number): string =>
  decimals === 0 ? units.toString() : writeDecimal(units, decimals, 0)

/** The other way round; undefined for what is no amount of it. */
export const readTokens = (text: string, decimals: number): bigint | undefined => readDecimal(text, decimals)

export type Transfer = {
  readonly chainId: number
  /** Who is paid. */
  readonly to: string
  /** The token's contract; null for the chain's own money. */
  readonly token: string | null
  readonly units: bigint
}

/** The link that has a wallet fill in a payment by itself (ERC-681). */
export function transferLink({ chainId, to, token, units }: Transfer): string {
  return token === null
    ? `ethereum:${to}@${chainId}?value=${units}`
    : `ethereum:${token}@${chainId}/transfer?address=${to}&uint256=${units}`
}
