import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import { factsOf, type OfferFactsRecord } from './facts.ts'
import { findModelRow } from './store/models.ts'
import {
  findOfferRow,
  findOfferRowOf,
  insertOffers,
  listOfferRows,
  type LiveOfferRow,
  type OfferFilter,
  updateOfferRow,
} from './store/offers.ts'
import { findProviderRow } from './store/providers.ts'
import { lockCatalog, type OfferRow } from './store/tables.ts'
import type { Offer } from './types.ts'

export type NewOffer = {
  readonly id: Uuid
  readonly modelId: string
  readonly providerId: Uuid
  /** The upstream's own name of the model. */
  readonly upstreamModel: string
  /** 10,000 (all that the caller pays is owed to the provider) unless said. */
  readonly providerShareBps?: number | undefined
  readonly capabilities?: Readonly<Record<string, boolean>> | undefined
  readonly facts?: OfferFactsRecord | undefined
  readonly createdAt: Date
}

export type OfferCreated =
  | { readonly kind: 'created'; readonly offer: Offer }
  | { readonly kind: 'unknown-model' }
  | { readonly kind: 'unknown-provider' }
  /** The provider offers that model under that upstream name already. */
  | { readonly kind: 'exists' }

/** Making an offer that was deleted brings the deleted one back, with these properties. */
export function createOffer(db: Db, offer: NewOffer): Promise<OfferCreated> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    if (!(await findModelRow(tx, offer.modelId))) return { kind: 'unknown-model' }
    if (!(await findProviderRow(tx, offer.providerId))) return { kind: 'unknown-provider' }
    const properties: Omit<OfferRow, 'id'> = {
      model_id: offer.modelId,
      provider_id: offer.providerId,
      upstream_model: offer.upstreamModel,
      provider_share_bps: offer.providerShareBps ?? 10_000,
      capabilities: { ...offer.capabilities },
      facts: { ...offer.facts },
      disabled: false,
      available: true,
      source: 'operator',
      edited_at: null,
      created_at: offer.createdAt,
      deleted_at: null,
    }
    const before = await findOfferRowOf(tx, properties)
    if (before && !before.deleted_at) return { kind: 'exists' }
    if (before) await updateOfferRow(tx, before.id, properties)
    else await insertOffers(tx, [{ id: offer.id, ...properties }])
    const made = await findOfferRow(tx, before?.id ?? offer.id)
    return { kind: 'created', offer: offerOf(made!) }
  })
}

export const findOffer = async (db: Db, id: Uuid): Promise<Offer | undefined> => {
  const row = await findOfferRow(db, id)
  return row && offerOf(row)
}

/** Ordered by id; the next page begins after the last id of this one. */
export const listOffers = async (
  db: Db,
  { modelId, providerId, afterId, limit }: Partial<OfferFilter> & Pick<OfferFilter, 'limit'>,
): Promise<readonly Offer[]> => (await listOfferRows(db, { modelId, providerId, afterId, limit })).map(offerOf)

/** What is absent stays as it is; capabilities and facts are replaced as a whole. */
export type OfferChange = {
  readonly upstreamModel?: string | undefined
  readonly providerShareBps?: number | undefined
  readonly capabilities?: Readonly<Record<string, boolean>> | undefined
  readonly facts?: OfferFactsRecord | undefined
  readonly disabled?: boolean | undefined
}

export type OfferChanged =
  | { readonly kind: 'changed'; readonly offer: Offer }
  | { readonly kind: 'unknown' }
  /** Another offer of this provider has that upstream name; it may be a deleted one. */
  | { readonly kind: 'exists' }

/** From then on the seed leaves the offer as the operator made it. */
export function changeOffer(db: Db, id: Uuid, change: OfferChange, at: Date): Promise<OfferChanged> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    const before = await findOfferRow(tx, id)
    if (!before) return { kind: 'unknown' }
    const upstreamModel = change.upstreamModel ?? before.upstream_model
    const same = await findOfferRowOf(tx, { ...before, upstream_model: upstreamModel })
    if (same && same.id !== id) return { kind: 'exists' }
    await updateOfferRow(tx, id, {
      upstream_model: upstreamModel,
      provider_share_bps: change.providerShareBps ?? before.provider_share_bps,
      capabilities: { ...(change.capabilities ?? before.capabilities) },
      facts: { ...(change.facts ?? before.facts) },
      disabled: change.disabled ?? before.disabled,
      edited_at: at,
    })
    return { kind: 'changed', offer: offerOf((await findOfferRow(tx, id))!) }
  })
}

/** `false`: there was no such offer. The seed does not bring it back. */
export function deleteOffer(db: Db, id: Uuid, at: Date): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    if (!(await findOfferRow(tx, id))) return false
    await updateOfferRow(tx, id, { deleted_at: at })
    return true
  })
}

export const offerOf = (row: LiveOfferRow): Offer => ({
  id: row.id,
  modelId: row.model_id,
  providerId: row.provider_id,
  providerName: row.provider_name,
  upstreamModel: row.upstream_model,
  providerShareBps: row.provider_share_bps,
  capabilities: row.capabilities,
  dialect: row.provider_dialect,
  facts: factsOf(row.provider_dialect, row.provider_facts, row.facts),
  ownFacts: row.facts,
  disabled: row.disabled,
  available: row.available && row.provider_available && !row.provider_disabled,
})
