import type { JsonObject } from '../../core/json.ts'
import { nanoUsd, type NanoUsd } from '../../core/money.ts'
import type { Dispute, Facts, Resolution } from './types.ts'

type MoneyText = string
type Texts<T> = { readonly [Name in keyof T]: T[Name] extends NanoUsd ? MoneyText : T[Name] }
type Stored = Omit<
  Texts<Facts>,
  'failed' | 'receivedAt' | 'reviewAsked' | 'doubt' | 'taken' | 'disputes' | 'resolution'
> & {
  readonly failed: string | null
  readonly receivedAt: number | null
  readonly reviewAsked: string | null
  /** Absent: written by an older server. */
  readonly doubt?: string | null
  readonly taken?: string
  readonly disputes: Readonly<Record<string, Texts<Dispute>>>
  readonly resolution: Texts<Resolution> | null
}

const text = (amount: NanoUsd): MoneyText => amount.toString()
const money = (stored: MoneyText): NanoUsd => nanoUsd(BigInt(stored))

/** As they are kept in the database: amounts as text of nano-USD. */
export function storeFacts(facts: Facts): JsonObject {
  const { failed = null, receivedAt = null, reviewAsked = null, doubt = null, taken, resolution, disputes } = facts
  const stored: Stored = {
    ...{ began: facts.began, expired: facts.expired, byHand: facts.byHand, failed, receivedAt, reviewAsked, doubt },
    ...(taken !== undefined && { taken }),
    received: text(facts.received),
    reversed: text(facts.reversed),
    refunded: text(facts.refunded),
    refundFailed: text(facts.refundFailed),
    refundTarget: text(facts.refundTarget),
    refundRefused: text(facts.refundRefused),
    disputes: Object.fromEntries(
      Object.entries(disputes).map(([id, each]) => [id, { ...each, amount: text(each.amount) }]),
    ),
    resolution: resolution
      ? {
          action: resolution.action,
          covers: text(resolution.covers),
          credit: text(resolution.credit),
          sentBack: text(resolution.sentBack),
        }
      : null,
  }
  return stored
}

/** As `storeFacts` wrote them. */
export function readFacts(json: JsonObject): Facts {
  const stored = json as unknown as Stored
  const { resolution, disputes } = stored
  return {
    ...{ began: stored.began, expired: stored.expired, byHand: stored.byHand, failed: stored.failed ?? undefined },
    receivedAt: stored.receivedAt ?? undefined,
    reviewAsked: stored.reviewAsked ?? undefined,
    doubt: stored.doubt ?? undefined,
    taken: stored.taken,
    received: money(stored.received),
    reversed: money(stored.reversed),
    refunded: money(stored.refunded),
    refundFailed: money(stored.refundFailed),
    refundTarget: money(stored.refundTarget),
    refundRefused: money(stored.refundRefused),
    disputes: Object.fromEntries(
      Object.entries(disputes).map(([id, each]) => [id, { ...each, amount: money(each.amount) }]),
    ),
    resolution: resolution
      ? {
          action: resolution.action,
          covers: money(resolution.covers),
          credit: money(resolution.credit),
          sentBack: money(resolution.sentBack),
        }
      : undefined,
  }
}
