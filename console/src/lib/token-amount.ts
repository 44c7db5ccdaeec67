import { writeDecimal } from './money.ts'

/** Units of a token as people write them: '20.4' of 20400000 with six decimals. Exact. */
export const tokenText = (units: bigint, decimals: number): string =>
  decimals === 0 ? units.toString() : writeDecimal(units, decimals, 0)
