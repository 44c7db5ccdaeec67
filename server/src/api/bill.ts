import { z } from '@hono/zod-openapi'
import type { JsonObject } from '../core/json.ts'
import {
  costOf,
  nanoUsdPerMillion,
  type NanoUsdPerMillion,
  parseUsdPerMillion,
  toCredits,
  toCreditsPerUnit,
} from '../core/money.ts'
import { creditsText } from './fields.ts'
import { numberOf, textOf } from './loose.ts'

const finelyText = z.string().openapi({ description: 'Decimal credits, before rounding.', example: '0.0000125' })

const lineSchema = z.object({
  class: z.string(),
  units: z.number().int(),
  usd_per_million: z.string(),
  credits_per_unit: finelyText,
  line_credits: finelyText.openapi({ description: 'Units x price, not rounded.' }),
  price_id: z.string().openapi({ description: 'The immutable price, see /api/v1/prices.' }),
})

/** The cost of a call, line by line. */
export const billFields = {
  bill: z.array(lineSchema).openapi({ description: 'Each class at its price; the sum is rounded up once.' }),
  bill_total: z.object({
    exact_credits: finelyText.openapi({ description: 'The sum of the lines.' }),
    rounding_credits: finelyText.openapi({ description: 'What rounding up to a nano-USD (0.002 credits) added.' }),
    cost_credits: creditsText.openapi({ description: 'Their sum: what the call cost.' }),
    cache_saved_credits: finelyText.nullable().openapi({
      description: 'What cached tokens would have cost more as plain input; null where no input is on the bill.',
    }),
  }),
}

type Line = {
  readonly class: string
  readonly units: number
  readonly price: NanoUsdPerMillion
  readonly priceId: string
}

/** Reads the lines of a receipt. */
export function billIn(rows: readonly JsonObject[]) {
  const lines = rows.map(lineOf)
  const exact = lines.reduce((sum, line) => sum + fine(line.units, line.price), 0n)
  const cost = costOf(lines.map(({ units, price }) => ({ units, price })))
  return {
    bill: lines.map((line, at) => ({
      class: line.class,
      units: line.units,
      usd_per_million: textOf(rows[at]!['usd_per_million']) ?? '',
      credits_per_unit: toCreditsPerUnit(line.price),
      line_credits: fineCredits(fine(line.units, line.price)),
      price_id: line.priceId,
    })),
    bill_total: {
      exact_credits: fineCredits(exact),
      rounding_credits: fineCredits(cost * 1_000_000n - exact),
      cost_credits: toCredits(cost),
      cache_saved_credits: savedBy(lines),
    },
  }
}

/** In millionths of a nano-USD, in which no line needs rounding. */
const fine = (units: number, price: NanoUsdPerMillion): bigint => BigInt(units) * price

/** Nano-USD per million of units and millionths of a nano-USD are written alike. */
const fineCredits = (amount: bigint): string => toCreditsPerUnit(nanoUsdPerMillion(amount))

function lineOf(row: JsonObject): Line {
  return {
    class: textOf(row['class']) ?? '',
    units: numberOf(row['units']) ?? 0,
    price: parseUsdPerMillion(textOf(row['usd_per_million']) ?? '') ?? nanoUsdPerMillion(0n),
    priceId: textOf(row['price_id']) ?? '',
  }
}

function savedBy(lines: readonly Line[]): string | null {
  const [input, cached] = ['input', 'cached_input'].map((name) => lines.find((line) => line.class === name))
  if (!input || !cached) return null
  return fineCredits(BigInt(cached.units) * (input.price - cached.price))
}
