import type { UnitClass, Units, UsageSource } from '../credits/index.ts'
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { countOf } from './usage.ts'

export type Measured = { readonly units: Units; readonly source: UsageSource }

/**
 * The units of a call that judges texts (rerank, moderations). Requests are the provider's search units where it tells
 * them, else the one that it was. Tokens count only where they have a price, and are counted here where they were not told.
 */
export async function measureJudged(
  usage: JsonValue | undefined,
  prices: Partial<Readonly<Record<UnitClass, unknown>>>,
  countPrompt: () => Promise<number>,
): Promise<Measured> {
  const told: JsonObject = isObject(usage) ? usage : {}
  const request = countOf(told['search_units']) ?? 1
  if (!prices.input) return { units: present({ request }), source: 'provider' }
  const input = countOf(told['total_tokens']) ?? countOf(told['prompt_tokens'])
  if (input !== undefined) return { units: present({ input, request }), source: 'provider' }
  return { units: present({ input: await countPrompt(), request }), source: 'counted' }
}

const present = (units: Units): Units => Object.fromEntries(Object.entries(units).filter(([, count]) => count > 0))

/** What a caller is told it has used: the provider's own words, and the tokens where we counted them. */
export function judgedUsage(usage: JsonValue | undefined, { units, source }: Measured): JsonObject {
  const told: JsonObject = isObject(usage) ? usage : {}
  return source === 'counted' ? { ...told, total_tokens: units.input ?? 0 } : told
}
