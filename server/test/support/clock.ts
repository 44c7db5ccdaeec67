import type { Clock } from '../../src/core/clock.ts'

/** The machine's own clock. */
export const clock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() }
