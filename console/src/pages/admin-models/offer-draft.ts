import type { BodyOf } from '../../api/client.ts'
import type { Schemas } from '../../api/schema.ts'

/** An offer as it is typed. The share is in percent. */
export type OfferDraft = {
  readonly modelId: string
  readonly providerId: string
  readonly upstream: string
  readonly share: string
  /** Fields of a request that it cannot take. */
  readonly cannot: string
  readonly contextLength: string
}

export const emptyOffer: OfferDraft = {
  ...{ modelId: '', providerId: '', upstream: '', share: '100', cannot: '', contextLength: '' },
}

export const offerDraftOf = (offer: Schemas['Offer']): OfferDraft => ({
  modelId: offer.model_id,
  providerId: offer.provider_id,
  upstream: offer.upstream_model,
  share: String(offer.provider_share_bps / 100),
  cannot: Object.entries(offer.capabilities)
    .filter(([, can]) => !can)
    .map(([name]) => name)
    .join(', '),
  contextLength: offer.facts.context_length === undefined ? '' : String(offer.facts.context_length),
})

/** Percent as basis points; undefined for what is none. */
export function shareBps(text: string): number | undefined {
  if (!/^\d{1,3}(\.\d{1,2})?$/.test(text.trim())) return undefined
  const [whole = '0', hundredths = ''] = text.trim().split('.')
  const bps = Number(whole) * 100 + Number(hundredths.padEnd(2, '0'))
  return bps <= 10_000 ? bps : undefined
}

export function offerReason(draft: OfferDraft): string | undefined {
  if (draft.modelId === '') return 'Choose a model.'
  if (draft.providerId === '') return 'Choose a provider.'
  if (draft.upstream.trim() === '') return "Say the provider's own name of the model."
  return shareBps(draft.share) === undefined ? 'The share is a percentage from 0 to 100.' : undefined
}

const cannotOf = (text: string): Record<string, boolean> =>
  Object.fromEntries(
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map((name) => [name, false]),
  )

export const newOfferBody = (draft: OfferDraft): BodyOf<'POST /api/v1/offers'> => ({
  model_id: draft.modelId,
  provider_id: draft.providerId,
  upstream_model: draft.upstream.trim(),
  provider_share_bps: shareBps(draft.share) ?? 10_000,
  capabilities: cannotOf(draft.cannot),
  facts: draft.contextLength === '' ? {} : { context_length: Number(draft.contextLength) },
})

/** What the draft says; facts that it does not show stay as they are. */
export const changedOfferBody = (draft: OfferDraft, offer: Schemas['Offer']): BodyOf<'PATCH /api/v1/offers/{id}'> => ({
  upstream_model: draft.upstream.trim(),
  provider_share_bps: shareBps(draft.share) ?? offer.provider_share_bps,
  capabilities: cannotOf(draft.cannot),
  facts: {
    ...offer.facts,
    context_length: draft.contextLength === '' ? undefined : Number(draft.contextLength),
  },
})
