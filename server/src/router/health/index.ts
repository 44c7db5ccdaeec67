export { openHealth, type Health, type Untried } from './health.ts'
export { spans } from './windows.ts'
export type { Outcome, OfferRecord, Ticket } from './offer-record.ts'
export type { Budget } from './budgets.ts'
