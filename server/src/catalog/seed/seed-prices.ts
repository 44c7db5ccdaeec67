import { operatorSource } from '../price-timeline.ts'
import { insertPrices, listAllPriceRows } from '../store/prices.ts'
import type { PriceRow } from '../store/tables.ts'
import { inChunks } from './chunks.ts'
import type { Within } from './seed.ts'
import type { SeededOffer } from './seed-offers.ts'
import type { WantedPrice } from './wanted.ts'

/**
 * Adds to each offer the list prices that it lacks: the one in force when it differs from what the list last said, and
 * those that the list announces. Answers how many were added.
 */
export async function seedPrices({ db, makeId, now }: Within, seeded: readonly SeededOffer[]): Promise<number> {
  const known = Map.groupBy(
    (await listAllPriceRows(db)).filter(({ source }) => source !== operatorSource),
    ({ offer_id }) => offer_id,
  )
  const added = seeded.flatMap(({ offerId, wanted }) => {
    const rows = known.get(offerId) ?? []
    const missing = missingPrices(wanted.prices, rows, now)
    return missing.map(({ class: name, perMillion, validFrom }): PriceRow => {
      return {
        id: makeId(),
        model_id: wanted.model.id,
        offer_id: offerId,
        class: name,
        nano_per_million: perMillion,
        valid_from: validFrom,
        source: wanted.priceSource,
        created_at: now,
      }
    })
  })
  await inChunks(added, (chunk) => insertPrices(db, chunk))
  return added.length
}

type DatedPrice = WantedPrice & { readonly validFrom: Date }

/** What has to be added for the rows to say what the list says from `now` on. */
export function missingPrices(
  wanted: readonly WantedPrice[],
  rows: readonly Pick<PriceRow, 'class' | 'nano_per_million' | 'valid_from'>[],
  now: Date,
): readonly DatedPrice[] {
  const missing: DatedPrice[] = []
  for (const [name, ofClass] of Map.groupBy(wanted, (price) => price.class)) {
    const own = rows.filter((row) => row.class === name)
    const current = latest(
      ofClass.filter(({ validFrom }) => !validFrom || validFrom <= now),
      (price) => price.validFrom,
    )
    const stored = latest(
      own.filter((row) => row.valid_from <= now),
      (row) => row.valid_from,
    )
    if (current && stored?.nano_per_million !== current.perMillion) missing.push({ ...current, validFrom: now })
    for (const { validFrom, ...price } of ofClass) {
      if (!validFrom || validFrom <= now) continue
      if (own.every((row) => row.valid_from.getTime() !== validFrom.getTime())) missing.push({ ...price, validFrom })
    }
  }
  return missing
}

function latest<T>(items: readonly T[], time: (item: T) => Date | undefined): T | undefined {
  const ms = (item: T): number => time(item)?.getTime() ?? -Infinity
  return items.reduce<T | undefined>((last, item) => (last && ms(last) > ms(item) ? last : item), undefined)
}
