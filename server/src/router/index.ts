/** The order in which the offers of a model are tried for a call; pure. */
export { boundOf, type Bound } from './bound.ts'
export { planCall } from './plan.ts'
export type { CallFeatures, Plan, PlannedAttempt } from './types.ts'
