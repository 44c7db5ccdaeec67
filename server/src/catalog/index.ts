/**
 * What can be called, through whom and at what price. Gateways read an immutable snapshot that follows the database;
 * the operator changes it through the verbs; the seed fills it from the environment and a public price list.
 */
export { noFacts, type OfferFacts, type OfferFactsRecord, type ProviderFactsRecord, quantizations } from './facts.ts'
export {
  findModelItem,
  listModelItems,
  type ModelItem,
  type ModelState,
  modelState,
  offerPricing,
  type Pricing,
} from './model-item.ts'
export {
  changeModel,
  createModel,
  deleteModel,
  findModel,
  listModels,
  type ModelChange,
  type ModelChanged,
  type ModelCreated,
  type NewModel,
} from './models.ts'
export {
  changeOffer,
  createOffer,
  deleteOffer,
  findOffer,
  listOffers,
  type NewOffer,
  type OfferChange,
  type OfferChanged,
  type OfferCreated,
} from './offers.ts'
export { type Catalog, type CatalogOptions, openCatalog, type ProviderConnection } from './open.ts'
export { type PriceChange, type PriceDraft, previewPrices, pricesOfModel } from './price-preview.ts'
export { priceHistory, type PriceStep } from './price-history.ts'
export { createPrice, listPrices, type NewPrice, type PriceCreated } from './prices.ts'
export {
  changeProvider,
  createProvider,
  type Deleted,
  deleteProvider,
  findProvider,
  listProviders,
  type NewProvider,
  type ProviderChange,
  type ProviderChanged,
  type ProviderCreated,
} from './providers.ts'
export { buildSnapshot, type CatalogContents } from './snapshot.ts'
export type { CatalogSnapshot, Modality, Model, Offer, Price, PriceTable, ProviderRecord } from './types.ts'
export { seedCatalog, type Seeded, type SeedOptions } from './seed/seed.ts'
export type { BuiltInModel, LoopbackPrice, SeedProvider } from './seed/wanted.ts'
