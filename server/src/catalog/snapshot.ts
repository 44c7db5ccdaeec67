import type { Uuid } from '../core/ids.ts'
import { priceOf, unitClasses } from '../credits/index.ts'
import { type PriceTimeline, priceTimeline } from './price-timeline.ts'
import type { CatalogSnapshot, Model, Offer, Price, PriceTable } from './types.ts'

/** What is in the catalog, as one reading of the database found it. */
export type CatalogContents = {
  readonly models: readonly Model[]
  readonly offers: readonly Offer[]
  readonly prices: readonly Price[]
}

const noOffers: readonly Offer[] = []

/** Arranges a reading so that every question of a call is a look-up. */
export function buildSnapshot(contents: CatalogContents): CatalogSnapshot {
  const models = contents.models.toSorted(byId)
  const offers = Map.groupBy(contents.offers.toSorted(byId), ({ modelId }) => modelId)
  const offersOf = (modelId: string) => offers.get(modelId) ?? noOffers
  const names = nameModels(models, (model) => offersOf(model.id).some(isServable))
  const providerNames = new Set(contents.offers.map(({ providerName }) => providerName))
  const pricesOf = priceLookUp(contents.prices)
  const tablesOf = (modelId: string, atMs: number) =>
    offersOf(modelId)
      .filter(isServable)
      .map((offer) => pricesOf(offer, atMs))
      .filter(isPriced)
  return {
    findModel: (idOrAlias) => names.get(idOrAlias) ?? names.get(idOrAlias.toLowerCase()),
    models,
    isProviderName: (name) => providerNames.has(name),
    offersOf,
    pricesOf,
    dearestPrices: (modelId, atMs) => dearestOf(tablesOf(modelId, atMs)),
    listPrices(modelId, atMs) {
      const [first, ...others] = tablesOf(modelId, atMs)
      if (!first) return pricesOf({ id: '', modelId }, atMs)
      return others.reduce((cheapest, table) => (dearness(table) < dearness(cheapest) ? table : cheapest), first)
    },
    priceMoments(modelId) {
      const moments = contents.prices
        .filter((price) => price.modelId === modelId)
        .map(({ validFrom }) => validFrom.getTime())
      return [...new Set(moments)].toSorted((a, b) => a - b)
    },
  }
}

const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0

const isServable = ({ disabled, available }: Offer): boolean => available && !disabled

const isPriced = ({ input, output, request }: PriceTable): boolean => (input ?? output ?? request) !== undefined

const dearness = (table: PriceTable): bigint => (table.input?.perMillion ?? 0n) + (table.output?.perMillion ?? 0n)

/** The dearest price of each class that any of them prices by itself, whichever of them answers. */
function dearestOf(tables: readonly PriceTable[]): PriceTable {
  const dearest: { -readonly [name in keyof PriceTable]: PriceTable[name] } = {}
  for (const name of unitClasses) {
    if (!tables.some((table) => table[name])) continue
    const prices = tables.map((table) => priceOf(table, name)).filter((price) => price !== undefined)
    const most = prices.reduce((dear, price) => (price.perMillion > dear.perMillion ? price : dear))
    dearest[name] = { ...most, class: name }
  }
  return dearest
}

/** Ids first, then aliases, then short names that mean one model. */
function nameModels(models: readonly Model[], servable: (model: Model) => boolean): ReadonlyMap<string, Model> {
  const names = new Map<string, Model>()
  const short = Map.groupBy(
    models.filter(({ disabled }) => !disabled),
    ({ id }) => id.slice(id.lastIndexOf('/') + 1),
  )
  for (const [name, called] of short) {
    const meant = called.length === 1 ? called : called.filter(servable)
    if (meant.length === 1) names.set(name, meant[0]!)
  }
  for (const model of models) for (const alias of model.aliases) names.set(alias, model)
  for (const model of models) names.set(model.id, model)
  return names
}

/** Works out the prices of an offer when they are first asked for. */
function priceLookUp(prices: readonly Price[]): CatalogSnapshot['pricesOf'] {
  const ofModels = Map.groupBy(
    prices.filter(({ offerId }) => offerId === undefined),
    ({ modelId }) => modelId,
  )
  const ofOffers = Map.groupBy(
    prices.filter(({ offerId }) => offerId !== undefined),
    ({ offerId }) => offerId!,
  )
  const timelines = new Map<Uuid, PriceTimeline>()
  return ({ id, modelId }, atMs) => {
    const key = id || modelId
    let timeline = timelines.get(key)
    if (!timeline) {
      timeline = priceTimeline([...(ofModels.get(modelId) ?? []), ...(ofOffers.get(id) ?? [])])
      timelines.set(key, timeline)
    }
    return timeline(atMs)
  }
}
