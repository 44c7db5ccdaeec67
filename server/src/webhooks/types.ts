import type { Uuid } from '../core/ids.ts'
import type { JsonObject } from '../core/json.ts'

/** What can be listened for. `webhook.test` is sent when asked for, whatever is listened for. */
export const eventTypes = [
  'balance.low',
  'key.limit_near',
  'key.limit_reached',
  'key.unusual',
  'usage.reached',
] as const
export type EventType = (typeof eventTypes)[number]

export type Webhook = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly url: string
  readonly events: readonly EventType[]
  /** Hears of every account: the operator's. */
  readonly allAccounts: boolean
  /** May be a machine of the operator's own. */
  readonly allowPrivate: boolean
  readonly disabled: boolean
  readonly createdAt: Date
}

export type WebhookEvent = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly type: EventType | 'webhook.test'
  /** Equal for the same crossing, whoever notices it. */
  readonly crossing: string
  readonly data: JsonObject
  readonly at: Date
}

export type Delivery = {
  readonly id: Uuid
  readonly type: string
  readonly data: JsonObject
  readonly status: 'pending' | 'delivered' | 'failed'
  readonly attempts: number
  /** `undefined` once it has ended. */
  readonly nextAt: Date | undefined
  /** HTTP status of the last answer. */
  readonly answerStatus: number | undefined
  readonly problem: string | undefined
  readonly createdAt: Date
  readonly endedAt: Date | undefined
}
