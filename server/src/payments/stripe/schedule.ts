import type { PaymentRow } from './store/tables.ts'

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Bank cards can be disputed so long after; bank transfers shorter. */
const watchedMs = 200 * dayMs
/** One that failed, or that Stripe does not know: of another account there, or of an emulator that forgot. */
const endedMs = 2 * dayMs

const within = (ms: number, leastMs: number, mostMs: number): number => Math.min(Math.max(ms, leastMs), mostMs)

export type Reads = Pick<PaymentRow, 'created_at' | 'outcome'> & {
  /** Whether webhooks tell sooner. */
  readonly isTold: boolean
  /** Whether the operator has yet to say what it is worth: only then is it known how much of it went back. */
  readonly isUndecided: boolean
  readonly isMissing: boolean
}

/**
 * When a payment is read again though nothing was heard of it: soon while its payer may be paying, then ever more seldom,
 * for as long as money can go back.
 */
export function nextReadAt(payment: Reads, nowMs: number): Date | null {
  const { created_at: createdAt, outcome, isTold, isUndecided, isMissing } = payment
  const ageMs = Math.max(nowMs - createdAt.getTime(), 0)
  if (ageMs > (isMissing || outcome === 'failed' ? endedMs : watchedMs)) return null
  const waitMs =
    outcome === null
      ? within(ageMs / 20, isTold ? 5 * secondMs : 2 * secondMs, 6 * hourMs)
      : within(ageMs, 10 * minuteMs, isUndecided ? 10 * minuteMs : 7 * dayMs)
  return new Date(nowMs + waitMs)
}

/** How long after one look at the list of events the next follows. */
export function nextSweepMs({ isTold, isOpen }: { readonly isTold: boolean; readonly isOpen: boolean }): number {
  if (isTold) return isOpen ? minuteMs : 5 * minuteMs
  return isOpen ? 10 * secondMs : minuteMs
}

/** What is waited after each attempt that failed; after the last one an event is given up, two days later. */
const retryWaitsMs = [
  secondMs,
  5 * secondMs,
  30 * secondMs,
  2 * minuteMs,
  10 * minuteMs,
  hourMs,
  4 * hourMs,
  12 * hourMs,
  dayMs,
]

export const retryWaitMs = (attempts: number): number | undefined => retryWaitsMs[attempts - 1]
