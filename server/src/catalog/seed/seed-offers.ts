import type { Uuid } from '../../core/ids.ts'
import { listAllModelRows } from '../store/models.ts'
import { insertOffers, listAllOfferRows, setOffersAvailable, updateOfferRow } from '../store/offers.ts'
import type { OfferRow } from '../store/tables.ts'
import { inChunks } from './chunks.ts'
import type { Provided, Within } from './seed.ts'
import type { WantedOffer } from './wanted.ts'

/** A wanted offer and the row that stands for it. */
export type SeededOffer = { readonly offerId: Uuid; readonly wanted: WantedOffer }

/**
 * Adds offers that are new, brings those up to date that only the seed ever wrote, and lets those rest that their
 * upstream no longer lists. Offers and models that the operator deleted stay deleted.
 */
export async function seedOffers(
  within: Within,
  provided: readonly Provided[],
): Promise<{ readonly added: number; readonly seeded: readonly SeededOffer[] }> {
  const { db, makeId, now } = within
  const rows = new Map((await listAllOfferRows(db)).map((row) => [offerKey(row), row]))
  const models = new Set((await listAllModelRows(db)).filter((row) => !row.deleted_at).map(({ id }) => id))
  const added: OfferRow[] = []
  const seeded: SeededOffer[] = []
  for (const { providerId, offers, complete } of provided) {
    const listed = new Set<Uuid>()
    for (const wanted of offers.filter(({ model }) => models.has(model.id))) {
      const key = { model_id: wanted.model.id, provider_id: providerId, upstream_model: wanted.upstreamModel }
      const before = rows.get(offerKey(key))
      if (!before) {
        const row = newRow({ ...key, id: makeId(), created_at: now }, wanted)
        added.push(row)
        rows.set(offerKey(row), row)
        listed.add(row.id)
        seeded.push({ offerId: row.id, wanted })
      } else if (before.source === 'seed' && !before.deleted_at) {
        await bringUpToDate(within, before, wanted)
        listed.add(before.id)
        seeded.push({ offerId: before.id, wanted })
      }
    }
    if (complete)
      await noteAvailable(
        within,
        [...rows.values()].filter((row) => row.provider_id === providerId),
        listed,
      )
  }
  await inChunks(added, (chunk) => insertOffers(db, chunk))
  return { added: added.length, seeded }
}

const offerKey = (row: Pick<OfferRow, 'model_id' | 'provider_id' | 'upstream_model'>): string =>
  JSON.stringify([row.model_id, row.provider_id, row.upstream_model])

type OfferKey = Pick<OfferRow, 'id' | 'model_id' | 'provider_id' | 'upstream_model' | 'created_at'>

const newRow = (key: OfferKey, wanted: WantedOffer): OfferRow => ({
  ...key,
  provider_share_bps: wanted.providerShareBps,
  capabilities: { ...wanted.capabilities },
  facts: factsWanted(wanted),
  disabled: false,
  available: true,
  source: 'seed',
  edited_at: null,
  deleted_at: null,
})

const factsWanted = ({ contextLength }: WantedOffer): OfferRow['facts'] =>
  contextLength === undefined ? {} : { context_length: contextLength }

async function bringUpToDate({ db }: Within, before: OfferRow, wanted: WantedOffer): Promise<void> {
  if (before.edited_at) return
  const same = Object.keys({ ...before.capabilities, ...wanted.capabilities }).every(
    (name) => before.capabilities[name] === wanted.capabilities[name],
  )
  const facts = factsWanted(wanted)
  const isRead = before.facts.context_length === facts.context_length
  if (same && isRead && before.provider_share_bps === wanted.providerShareBps) return
  const change = { provider_share_bps: wanted.providerShareBps, capabilities: { ...wanted.capabilities }, facts }
  await updateOfferRow(db, before.id, change)
}

async function noteAvailable({ db }: Within, rows: readonly OfferRow[], listed: ReadonlySet<Uuid>): Promise<void> {
  const changed = rows.filter((row) => row.source === 'seed' && row.available !== listed.has(row.id) && !row.deleted_at)
  const [back, gone] = [changed.filter((row) => listed.has(row.id)), changed.filter((row) => !listed.has(row.id))]
  if (back.length > 0)
    await setOffersAvailable(
      db,
      back.map(({ id }) => id),
      true,
    )
  if (gone.length > 0)
    await setOffersAvailable(
      db,
      gone.map(({ id }) => id),
      false,
    )
}
