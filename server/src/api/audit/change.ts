import type { AuditEntry, AuditTarget } from '../../accounts/index.ts'
import type { Uuid } from '../../core/ids.ts'
import { canonicalJson, isObject, type JsonObject, type JsonValue } from '../../core/json.ts'
import { keptFields } from './fields.ts'

/** What an operation tells the audit log of itself. */
export type Audited<T> = {
  /** What it changes. */
  readonly kind: AuditTarget
  /** Its target as the API showed it before the change; absent where the target is made, or was not there. */
  readonly before?: (target: T) => object
  /** Fields of the body whose values are nobody's to read: the log says that they were set, or taken away. */
  readonly hidden?: readonly string[]
}

/** A change as it is about to be written down. */
export type Change = {
  readonly kind: AuditTarget
  readonly before: object | undefined
  readonly answer: unknown
  readonly params: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
  readonly hidden: readonly string[]
  /** Whose things an operation changes that names no account. */
  readonly ownAccountId: Uuid | undefined
}

/** What was changed, whose it is, and what differs. Pure: what is not kept of its kind is in nothing that this returns. */
export function entryOf(change: Change): Pick<AuditEntry, 'target' | 'accountId' | 'before' | 'after'> {
  const { kind, params, body, hidden } = change
  const before = asJson(change.before)
  const answered = asJson(asJson(change.answer)?.['data'])
  const shown: JsonObject = { ...before, ...answered }
  const id = textIn(shown, kind === 'member' ? 'person_id' : 'id') ?? textIn(params, 'id')
  const isAccounts = kind === 'account' || kind === 'alerts'
  const accountId = isAccounts ? id : (textIn(shown, 'account_id') ?? change.ownAccountId)
  const difference = differenceOf(before && kept(kind, before), answered && kept(kind, answered))
  const set = hidden.filter((name) => body[name] !== undefined).map((name) => [`${name}_set`, body[name] !== null])
  const after = set.length === 0 ? difference.after : { ...difference.after, ...Object.fromEntries(set) }
  return { target: { kind, id }, accountId, before: difference.before, after }
}

/** Through JSON, so that nothing is written which an answer would not have said. */
const asJson = (value: unknown): JsonObject | undefined => {
  const json = value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as JsonValue)
  return json !== undefined && isObject(json) ? json : undefined
}

const textIn = (values: Readonly<Record<string, unknown>>, name: string): string | undefined => {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

function kept(kind: AuditTarget, shown: JsonObject): JsonObject {
  const fields = Object.entries(keptFields[kind]).filter(([name]) => shown[name] !== undefined)
  return Object.fromEntries(fields.map(([name, keep]) => [name, keep(shown[name]!)]))
}

type Sides = { readonly before: JsonObject | undefined; readonly after: JsonObject | undefined }

/** Of something made or deleted, all of it that says something; of something changed, what differs. */
function differenceOf(before: JsonObject | undefined, after: JsonObject | undefined): Sides {
  if (!before || !after) return { before: before && withoutNulls(before), after: after && withoutNulls(after) }
  const names = Object.keys({ ...before, ...after }).filter((name) => textOf(before[name]) !== textOf(after[name]))
  const pick = (side: JsonObject) => Object.fromEntries(names.map((name) => [name, side[name] ?? null]))
  return { before: pick(before), after: pick(after) }
}

const textOf = (value: JsonValue | undefined): string => canonicalJson(value ?? null)

const withoutNulls = (side: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(side).filter(([, value]) => value !== null))
