import type { Uuid } from '../../core/ids.ts'
import { openHedgeBudget, openRetryBudget, type Budget } from './budgets.ts'
import { openOfferRecord, type OfferRecord } from './offer-record.ts'

/** What the traffic of this process has taught of offers. Siblings learn by themselves: three failures are soon had. */
export type Health = {
  readonly of: (offerId: Uuid) => OfferRecord | undefined
  readonly recordOf: (offerId: Uuid) => OfferRecord
  readonly retriesOf: (modelId: string) => Budget
  readonly hedgesOf: (accountId: string) => Budget
  /** The offers whose rest from failures is over, and that nobody has asked since. */
  readonly untried: (nowMs: number) => readonly Untried[]
}

export type Untried = { readonly offerId: Uuid; readonly sinceMs: number }

/** Beyond so many, the one that was first heard of is forgotten: a record weighs some 50 kB. */
const recordsMax = 1_000
const budgetsMax = 10_000

export function openHealth(): Health {
  const records = new Map<Uuid, OfferRecord>()
  const retries = new Map<string, Budget>()
  const hedges = new Map<string, Budget>()
  return {
    of: (offerId) => records.get(offerId),
    recordOf: (offerId) => obtain(records, offerId, openOfferRecord, recordsMax),
    retriesOf: (modelId) => obtain(retries, modelId, openRetryBudget, budgetsMax),
    hedgesOf: (accountId) => obtain(hedges, accountId, openHedgeBudget, budgetsMax),
    untried: (nowMs) =>
      [...records].flatMap(([offerId, record]) => {
        const sinceMs = record.untriedSinceMs(nowMs)
        return sinceMs === undefined ? [] : [{ offerId, sinceMs }]
      }),
  }
}

function obtain<Value>(all: Map<string, Value>, key: string, make: () => Value, most: number): Value {
  const known = all.get(key)
  if (known !== undefined) return known
  const made = make()
  all.set(key, made)
  if (all.size > most) all.delete(all.keys().next().value!)
  return made
}
