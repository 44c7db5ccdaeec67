import { add, type NanoUsd, toUsd } from '../../../core/money.ts'
import type { Decline } from '../declines.ts'
import type { AutoTopUpRow, PauseKind } from '../store/tables.ts'

export type Pause = { readonly kind: PauseKind; readonly words: string; readonly until: Date | undefined }

export type Judged =
  | { readonly kind: 'charge' }
  /** Nothing to do now. */
  | { readonly kind: 'rest' }
  | { readonly kind: 'pause'; readonly pause: Pause }

export type Circumstances = {
  readonly row: Pick<AutoTopUpRow, 'is_on' | 'threshold' | 'monthly_max' | 'pause' | 'order_id' | 'next_at'>
  readonly balance: NanoUsd
  /** What one top-up takes from the card, fees in it. */
  readonly total: NanoUsd
  /** What left the card this month, or may still leave it. */
  readonly spent: NanoUsd
  readonly now: Date
}

/** Whether credits are bought now. Whoever asks holds the row, so that no two are told yes. */
export function judge({ row, balance, total, spent, now }: Circumstances): Judged {
  const isResting = row.pause !== null && row.pause !== 'ceiling'
  if (!row.is_on || isResting || row.order_id !== null || row.next_at > now) return { kind: 'rest' }
  if (balance >= row.threshold) return { kind: 'rest' }
  if (add(spent, total) <= row.monthly_max) return { kind: 'charge' }
  const until = monthAfter(now)
  const words =
    `The monthly ceiling of ${toUsd(row.monthly_max)} USD would be crossed. ` +
    `Automatic top-ups go on on ${until.toISOString().slice(0, 10)}, or when the ceiling is raised.`
  return { kind: 'pause', pause: { kind: 'ceiling', words, until } }
}

export const monthOf = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1))
const monthAfter = (at: Date): Date => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1))

const minuteMs = 60_000
/** What is waited after a failure that may pass; after the last one somebody has to look. */
const waitsMs = [10 * minuteMs, 60 * minuteMs, 6 * 60 * minuteMs]

export type AfterFailure =
  | { readonly kind: 'again'; readonly waitMs: number }
  | { readonly kind: 'pause'; readonly pause: Pause }

const onlyByHand =
  'Automatic top-ups are paused until a card that can be charged is chosen, or they are turned on again.'

/** What follows from a charge that failed, after so many that failed before it. */
export function afterFailure(decline: Decline | undefined, failures: number): AfterFailure {
  const waitMs = waitsMs[failures]
  if ((decline === undefined || decline.kind === 'passing') && waitMs !== undefined) return { kind: 'again', waitMs }
  const kind = decline === undefined || decline.kind === 'passing' ? 'declined' : decline.kind
  const words = `${decline?.words ?? 'The payment did not come about.'} ${onlyByHand}`
  return { kind: 'pause', pause: { kind, words, until: undefined } }
}
