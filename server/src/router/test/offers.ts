import { nanoUsdPerMillion } from '../../core/money.ts'
import {
  buildSnapshot,
  type CatalogSnapshot,
  type Model,
  noFacts,
  type Offer,
  type OfferFacts,
  type Price,
} from '../../catalog/index.ts'
import type { UnitClass } from '../../credits/index.ts'
import { type CallFeatures, noPolicy, type OfferHealth, planCall, type Plan, type Surroundings } from '../index.ts'

export type Prices = Partial<Record<UnitClass, bigint>>

/** An offer, named like its provider, and what it costs. */
export type TestOffer = {
  readonly id: string
  readonly model?: string
  readonly prices?: Prices
  readonly dialect?: string
  readonly capabilities?: Offer['capabilities']
  readonly facts?: Partial<OfferFacts>
  readonly health?: Partial<OfferHealth>
}

export const testModel = (id: string, more: Partial<Model> = {}): Model => ({
  ...{ id, aliases: [], name: id, description: '' },
  ...{ contextLength: undefined, outputTokensMax: undefined },
  ...{ inputModalities: ['text'], outputModalities: ['text'], supportedParameters: [], disabled: false },
  createdAt: new Date(0),
  ...more,
})

/** The catalog of these offers; unless said otherwise of one model. */
export function testSnapshot(
  offers: readonly TestOffer[],
  models: readonly Model[] = [testModel('m/x')],
): CatalogSnapshot {
  return buildSnapshot({
    models,
    offers: offers.map(({ id, model = 'm/x', dialect = 'compatible', capabilities = {}, facts }) => ({
      ...{ id, modelId: model, providerId: `provider of ${id}`, providerName: id, upstreamModel: 'x', dialect },
      ...{ providerShareBps: 10_000, disabled: false, available: true, capabilities, ownFacts: {} },
      facts: { ...noFacts, ...facts },
    })),
    prices: offers.flatMap(({ id, model = 'm/x', prices = { input: 1n, output: 1n } }) =>
      Object.entries(prices).map(([name, nano]): Price => ({
        ...{ id: `${id} ${name}`, modelId: model, offerId: id, class: name as UnitClass },
        ...{ perMillion: nanoUsdPerMillion(nano), validFrom: new Date(0), source: 'list' },
      })),
    ),
  })
}

const inGoodHealth: OfferHealth = {
  standing: () => ({ kind: 'well' }),
  fullForSeconds: () => undefined,
  load: () => 0,
  failedPart: () => 0,
  open: () => 0,
  firstByteMs: () => undefined,
  tokensPerSecond: () => undefined,
}

const testCall: CallFeatures = {
  ...{ endpoint: 'chat', model: 'm/x', policy: noPolicy },
  ...{ promptTokensBound: 1_000_000, outputTokensBound: 1_000_000, requestsBound: 1 },
  ...{ parameters: [], inputModalities: ['text'] },
}

/** Plans a call among these offers, the cheapest first unless said otherwise. */
export function planAmong(
  offers: readonly TestOffer[],
  call: Partial<CallFeatures> = {},
  { models, ...around }: Partial<Surroundings> & { readonly models?: readonly Model[] } = {},
): Plan {
  const health = new Map(
    offers.flatMap(({ id, health: known }) => (known ? [[id, { ...inGoodHealth, ...known }] as const] : [])),
  )
  return planCall(
    { ...testCall, ...call },
    {
      ...{ snapshot: testSnapshot(offers, models), health: { of: (id) => health.get(id) } },
      ...{ nowMs: 1, monotonicMs: 0, chance: 0.5, defaultOrder: 'price' },
      ...around,
    },
  )
}

/** The offers of a plan in their order, or why there is none. */
export const idsOf = (plan: Plan): readonly string[] =>
  plan.kind === 'planned' ? plan.attempts.map(({ offer }) => offer.id) : [plan.kind]
