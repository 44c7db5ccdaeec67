import type { Uuid } from '../core/ids.ts'
import type { NanoUsd } from '../core/money.ts'
import type { Db } from '../platform/database/index.ts'
import { findOldestNewest, type OfferUnitsRow, sumByProvider, sumModelByOffer } from './store/figures.ts'
import { unitClasses, type Units } from './types.ts'

/** Figures for whoever runs the house: who used a model, and what providers brought. */

export type OfferUsage = {
  readonly accountId: Uuid
  /** `undefined` where none answered. */
  readonly offerId: Uuid | undefined
  readonly calls: number
  readonly charged: NanoUsd
  readonly units: Units
}

/** Counted from then on: from what was asked for, or later where only so many receipts are looked at. */
export type Counted<Figures> = { readonly figures: readonly Figures[]; readonly countedFrom: Date }

const usageLooksMost = 200_000
const providerLooksMost = 50_000

/** What each account used of a model through each of its offers, from the newest 200,000 receipts of that time. */
export async function usageByOffer(
  db: Db,
  { modelId, from }: { readonly modelId: string; readonly from: Date },
  looks = usageLooksMost,
): Promise<Counted<OfferUsage>> {
  const rows = await sumModelByOffer(db, modelId, from, looks)
  return { figures: rows.map(usageOf), countedFrom: (await findOldestNewest(db, from, looks)) ?? from }
}

const usageOf = (row: OfferUnitsRow): OfferUsage => ({
  accountId: row.account_id,
  offerId: row.offer_id ?? undefined,
  calls: Number(row.calls),
  charged: row.charged,
  units: Object.fromEntries(unitClasses.filter((name) => row[name] > 0n).map((name) => [name, Number(row[name])])),
})

export type ProviderFigures = {
  readonly provider: string
  readonly calls: number
  readonly errors: number
  readonly charged: NanoUsd
  /** The part that is owed to the provider. */
  readonly owed: NanoUsd
  /** Medians of answered calls; `undefined` without any. */
  readonly firstByteMs: number | undefined
  readonly durationMs: number | undefined
}

/** What went through each provider, from the newest receipts of that time. */
export async function providerFigures(
  db: Db,
  from: Date,
  looks = providerLooksMost,
): Promise<Counted<ProviderFigures>> {
  const rows = await sumByProvider(db, from, looks)
  const figures = rows.map((row) => ({
    provider: row.provider,
    calls: Number(row.calls),
    errors: Number(row.errors),
    charged: row.charged,
    owed: row.owed,
    firstByteMs: row.first_byte_ms ?? undefined,
    durationMs: row.duration_ms ?? undefined,
  }))
  return { figures, countedFrom: (await findOldestNewest(db, from, looks)) ?? from }
}
