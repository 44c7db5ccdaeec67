/**
 * What keys and accounts may do per minute and at once: requests, tokens, parallel calls. Exact over every process of a
 * database, and without a word to it for most calls: see docs/limits.md.
 */
export { boundsOf } from './bounds.ts'
export { rateHeaders } from './headers.ts'
export { type LimiterOptions, openLimiter } from './limiter.ts'
export type { Bound, DefaultLimits, Limiter, Pass, Refused, Standings } from './types.ts'
