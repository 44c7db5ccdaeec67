import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'

/** Who did something: a person who is signed in, the bearer of a key, or the server by itself. */
export type Actor =
  | { readonly kind: 'person' | 'key'; readonly id: Uuid; readonly accountId: Uuid | undefined }
  | { readonly kind: 'system' }

export const auditTargets = [
  'account',
  'alerts',
  'code',
  'auto_top_up',
  'card',
  'identity',
  'invitation',
  'key',
  'member',
  'model',
  'offer',
  'order',
  'person',
  'price',
  'provider',
  'provider_key',
  'session',
  'transfer',
  'webhook',
] as const

/** What was changed. */
export type AuditTarget = (typeof auditTargets)[number]

/** From where a change was asked for. */
export type Origin = { readonly address: string | undefined; readonly requestId: string | undefined }

export type AuditEntry = {
  readonly id: Uuid
  readonly at: Date
  readonly actor: Actor
  readonly origin: Origin | undefined
  /** The id of the operation of the API, or what the server did by itself. */
  readonly action: string
  readonly target: { readonly kind: AuditTarget; readonly id: string | undefined }
  /** Whose it is; `undefined` of people who act for no account. */
  readonly accountId: Uuid | undefined
  /** Never a secret, never a person's name or whole address: rows are not changed when somebody leaves. */
  readonly before: JsonObject | undefined
  readonly after: JsonObject | undefined
}

/** An entry as it is read, with the names that its actor has now. */
export type AuditRecord = AuditEntry & {
  readonly actorName: string | undefined
  /** Of a key: the first and last characters of its secret. */
  readonly actorLabel: string | undefined
  /** Whoever runs the server did it to an account of somebody else. */
  readonly byOperator: boolean
}
