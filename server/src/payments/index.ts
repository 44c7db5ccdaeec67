/**
 * How credits are bought: orders with their state and timeline, whatever the rail, and the rails by which money comes. A
 * rail tells orders what happened (`advance`); orders alone ask the ledger to move credits.
 */
export { cancelPurchase, type Purchase, type Started, startPurchase } from './begin.ts'
export {
  changeCode,
  type Code,
  createCode,
  findCode,
  listCodes,
  listRedemptions,
  redeem,
  type Redeemed,
} from './codes/codes.ts'
export { questionsOf, waitingOf } from './orders/decide.ts'
export {
  type Advanced,
  advance,
  createOrder,
  describeOrder,
  expireOrders,
  findOrder,
  findOrderByKey,
  listOrders,
  lockOrder,
  type NewOrder,
  type OrderTools,
  timelinesOf,
  totalOf,
} from './orders/orders.ts'
export {
  beginRefund,
  type Refundable,
  refundableOf,
  type RefundBegun,
  refundProblemsOf,
  type RefundRequest,
  retryRefunds,
  sendRefund,
  settleByHand,
} from './orders/refunds.ts'
export type { OrderSearch } from './orders/store.ts'
export {
  type FeeTerms,
  type Order,
  type OrderEvent,
  type OrderState,
  type Question,
  orderStates,
  type RailName,
  railNames,
  type TimelineEntry,
} from './orders/types.ts'
export { wordsOf } from './orders/words.ts'
export { type Payments, railOf, termsOf } from './payments.ts'
export { type AutoTopUp, autoTopUpOf, setAutoTopUp } from './stripe/auto-top-up/wishes.ts'
export { type Card, cardsOf, findCard, removeCard } from './stripe/cards.ts'
export { cardPageUrl, portalUrl } from './stripe/pages.ts'
export { comeBack, returnPath } from './stripe/return.ts'
export { missingKey, noStripe, openStripeRail, type StripeRail } from './stripe/rail.ts'
export type { StripeTools } from './stripe/tools.ts'
export { bring, type Brought, type Referrals, referralsOf } from './referral/referral.ts'
export { settleReferrals } from './referral/reward.ts'
export { type ReconciledPart, reconcilePayments } from './reconcile.ts'
export type { Begun, Rail, Reconciled, RefundAnswer, RefundAsked, Wishes } from './rail.ts'
export { type Crypto, noCrypto, openCrypto } from './chain/index.ts'
export type { ChainTools } from './chain/tools.ts'
export { headers as x402Headers, headerText } from './x402/wire.ts'
