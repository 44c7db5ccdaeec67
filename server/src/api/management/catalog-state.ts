import { z } from '@hono/zod-openapi'
import { toCreditsPerUnit, toUsdPerMillion } from '../../core/money.ts'
import { type CatalogSnapshot, type Model, type ModelState, modelState, type Offer } from '../../catalog/index.ts'
import { unitClasses } from '../../credits/index.ts'
import { listOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'

const offer = z.object({
  id: z.string().openapi({ format: 'uuid' }),
  provider_id: z.string().openapi({ format: 'uuid' }),
  provider_name: z.string(),
  upstream_model: z.string(),
  provider_share_bps: z.number().int(),
  disabled: z.boolean(),
  available: z.boolean(),
})

const states = {
  callable: 'callable',
  disabled: 'disabled',
  'no-offer': 'no_offer',
  'no-available-offer': 'no_available_offer',
  unpriced: 'unpriced',
} as const satisfies Record<ModelState['kind'], string>

const entry = z
  .object({
    id: z.string(),
    name: z.string(),
    aliases: z.array(z.string()),
    output_modalities: z.array(z.string()),
    state: z.enum(Object.values(states)).openapi({
      description: 'Whether calls find it: `callable`, or the first thing that is in the way.',
    }),
    missing_prices: z.array(z.enum(unitClasses)).openapi({ description: 'Classes without which calls are refused.' }),
    offers: z.array(offer),
    prices: z
      .array(
        z.object({
          class: z.enum(unitClasses),
          usd_per_million: z.string(),
          credits_per_unit: z.string(),
          offer_id: z.string().nullable().openapi({ description: 'Set when it is the price of one offer only.' }),
          source: z.string(),
        }),
      )
      .openapi({ description: 'As lists show them now.' }),
    next_price_at: timeText.nullable().openapi({ description: 'When the next price begins that was set for later.' }),
  })
  .openapi('CatalogEntry')

const getCatalog = operation({
  id: 'describeCatalog',
  method: 'get',
  path: '/catalog',
  tag: 'Models',
  summary: 'Tell the whole catalog as calls see it now: models, who serves them, prices, and what is missing',
  description: 'Disabled models and offers too.',
  allowed: 'operator',
  answer: listOf(entry),
  run: ({ api }) => {
    const snapshot = api.catalog.current()
    const nowMs = api.clock.nowMs()
    return { data: snapshot.models.map((model) => inWords(snapshot, model, nowMs)) }
  },
})

export const catalogOperations: readonly AnyOperation[] = [getCatalog]

function inWords(snapshot: CatalogSnapshot, model: Model, nowMs: number): z.input<typeof entry> {
  const state = modelState(snapshot, model, nowMs)
  const next = snapshot.priceMoments(model.id).find((moment) => moment > nowMs)
  return {
    id: model.id,
    name: model.name,
    aliases: [...model.aliases],
    output_modalities: [...model.outputModalities],
    state: states[state.kind],
    missing_prices: state.kind === 'unpriced' ? [...state.missing] : [],
    offers: snapshot.offersOf(model.id).map(offerInWords),
    prices: Object.values(snapshot.listPrices(model.id, nowMs)).map((price) => ({
      class: price.class,
      usd_per_million: toUsdPerMillion(price.perMillion),
      credits_per_unit: toCreditsPerUnit(price.perMillion),
      offer_id: price.offerId ?? null,
      source: price.source,
    })),
    next_price_at: next === undefined ? null : new Date(next).toISOString(),
  }
}

const offerInWords = (each: Offer): z.input<typeof offer> => ({
  id: each.id,
  provider_id: each.providerId,
  provider_name: each.providerName,
  upstream_model: each.upstreamModel,
  provider_share_bps: each.providerShareBps,
  disabled: each.disabled,
  available: each.available,
})
