/**
 * The ledger: who has how much, what calls hold and what they cost. The only room that moves money. Calls go through the
 * batch lane (`reserve`, `grow`, `settle`); everything else is a function of a connection or transaction.
 */
export * from './types.ts'
export {
  findKeyBudgets,
  findKeySpends,
  holdStill,
  openLedgerAccount,
  setAccountFrozen,
  setKeyBudget,
} from './accounts.ts'
export { balanceOf, balancesOf, lotsOf } from './balance.ts'
export { type Bill, type BillLine, billOf, type ClassPrice, priceOf } from './bill.ts'
export {
  collectDebts,
  type Debt,
  debtsOf,
  forgive,
  type Forgiveness,
  type Forgiven,
  giveBack,
  type GivenBack,
  owingAccounts,
  takeBack,
  type TakenBack,
  type Taking,
} from './debts.ts'
export { type LaneOptions, openBatchLane } from './lane/lane.ts'
export { forfeit, type Forfeited, forfeitRests } from './forfeit.ts'
export { type Counted, type OfferUsage, type ProviderFigures, providerFigures, usageByOffer } from './figures.ts'
export { findCharge, findOpenHold, findTracedHold, openHoldsOf } from './receipts.ts'
export {
  type HeldCall,
  heldCalls,
  type News,
  newestPlace,
  newsAfter,
  type NewsPlace,
  type Pulse,
  pulsesOf,
} from './news.ts'
export { purchaseTotals, unspentOf } from './purchases.ts'
export { reconcile, type ReconcileOptions } from './reconcile.ts'
export {
  type GatewayProcess,
  heartbeat,
  isProcessAlive,
  type RecoveredCall,
  type Recovery,
  recoverLostCalls,
  registerProcess,
  removeProcess,
} from './recovery.ts'
export { movementsOf, type MovementsOf, type Statement, statementOf, type TopUp, topUpsOf } from './statement.ts'
export type { ChargeFilter, StatusAsked } from './store/charge-filter.ts'
export type { SearchPlace } from './store/search.ts'
export { type Bar, type Bars, chargeBars, type ChargeSearch, type FoundCharges, searchCharges } from './search.ts'
export { type UsageDimension, usageDimensions } from './store/usage.ts'
export type { PlatformAccount } from './store/transfers.ts'
export { correct, type Corrected, type Correction, findGrant, grant, type Grant, type Granted } from './transfers.ts'
export { ensureChargePartitions, expireLots, foldPlatformAccounts } from './upkeep.ts'
export { type LearnedBound, learnedBounds, sumUpUsage, type Usage, usageBy, type UsageBy } from './usage.ts'
export { type KeyNearLimit, keysNearLimit, postedBalances } from './nearing.ts'
export { type KeyUse, keyUses } from './key-uses.ts'
export { certainPosting, type HourSpend, hourSpends, keysUsedBetween, type KeyUsed } from './habits.ts'
export { percentileOf } from './lengths.ts'
export { addSums, type FoundSeries, nothing, type Series, type SeriesAsked, type Sum, usageSeries } from './series.ts'
export { type Measure, type SeriesGroup, seriesGroups } from './store/usage-hours.ts'
