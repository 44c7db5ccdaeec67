/** Which offers a call is tried at and in which order (pure), and what traffic has taught of each offer. */
export { boundOf, type Bound } from './bound.ts'
export { asksAsChat, takesRouting } from './eligible.ts'
export { findNamed } from './model-name.ts'
export { planCall } from './plan.ts'
export { probesDue, type Probe } from './probes.ts'
export { noPolicy, percentiles, type Percentile, type RoutingPolicy, type Sort } from './policy.ts'
export { readPolicy } from './read-policy.ts'
export type {
  CallFeatures,
  Exclusion,
  HealthView,
  OfferHealth,
  Plan,
  PlannedAttempt,
  Standing,
  Surroundings,
} from './types.ts'
export { openHealth, spans, type Health, type OfferRecord, type Outcome, type Ticket } from './health/index.ts'
export { conversationKey, openPins, type Pins } from './pins.ts'
