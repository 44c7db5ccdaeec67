import { assert } from '../core/assert.ts'
import type { Chance } from '../core/clock.ts'
import type { Uuid } from '../core/ids.ts'
import { add, type NanoUsd } from '../core/money.ts'
import { findKeyBudgets, setKeyBudget, type KeyBudget, type LimitWindow } from '../credits/index.ts'
import type { Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { inTransaction } from '../platform/transaction.ts'
import { changedKeeping, type KeepingChange, keepingOf, noKeeping } from './keeping.ts'
import { changedPolicy, noPolicy, type PolicyChange, policyOf } from './policy.ts'
import { changedRates, noRates, type RateChange, ratesOf } from './rates.ts'
import { labelOf, makeSecret } from './secret.ts'
import {
  keepAccountRow,
  findKeyNameRows,
  findKeyRow,
  insertKey,
  type KeyFilter,
  type KeyRow,
  listKeyRows,
  lockKeyRow,
  updateKeyRow,
} from './store.ts'
import type { ApiKey, KeyKind } from './types.ts'

export type NewKey = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly kind: KeyKind
  readonly name: string
  /** `undefined`: only the account's balance limits the key. */
  readonly limit?: NanoUsd | undefined
  /** The calendar window (UTC) of `limit`; `total` unless said. */
  readonly window?: LimitWindow | undefined
  readonly callCap?: NanoUsd | undefined
  readonly expiresAt?: Date | undefined
  readonly rates?: RateChange | undefined
  readonly policy?: PolicyChange | undefined
  readonly keeping?: KeepingChange | undefined
  readonly createdAt: Date
}

type Tools = { readonly secrets: Pick<Secrets, 'hmac'>; readonly chance: Chance }

export type Issued =
  /** `secret` exists nowhere else: show it once. */
  { readonly kind: 'issued'; readonly secret: string; readonly key: ApiKey } | { readonly kind: 'unknown-account' }

/** Makes a key; it works everywhere from the commit on. */
export async function issueKey(db: Db, key: NewKey, { secrets, chance }: Tools): Promise<Issued> {
  const secret = makeSecret(key.kind, chance)
  const row: KeyRow = {
    id: key.id,
    account_id: key.accountId,
    kind: key.kind,
    name: key.name,
    label: labelOf(secret),
    secret_hmac: secrets.hmac(secret),
    previous_hmac: null,
    previous_until: null,
    disabled: false,
    expires_at: key.expiresAt ?? null,
    created_at: key.createdAt,
    deleted_at: null,
    ...changedRates(noRates, key.rates ?? {}),
    ...changedPolicy(noPolicy, key.policy ?? {}),
    ...changedKeeping(noKeeping, key.keeping ?? {}),
  }
  const budget: KeyBudget = {
    keyId: key.id,
    accountId: key.accountId,
    limit: key.limit,
    window: key.window ?? 'total',
    callCap: key.callCap,
  }
  return inTransaction(db, async (tx) => {
    if (!(await keepAccountRow(tx, key.accountId))) return { kind: 'unknown-account' }
    await insertKey(tx, row)
    await setKeyBudget(tx, budget)
    return { kind: 'issued', secret, key: keyOf(row, budget) }
  })
}

/** A key that is not deleted. */
export async function findKey(db: Db, id: Uuid): Promise<ApiKey | undefined> {
  const row = await findKeyRow(db, id)
  return row && (await withBudgets(db, [row]))[0]
}

export type KeyList = {
  readonly accountId?: Uuid | undefined
  readonly beforeId?: Uuid | undefined
  readonly limit: number
  readonly offset?: number
  readonly filter?: KeyFilter
}

/** Newest first, of one account or of all; the next page begins before the last id of this one. */
export async function listKeys(db: Db, list: KeyList): Promise<readonly ApiKey[]> {
  const { accountId, beforeId, limit, offset = 0, filter = {} } = list
  return withBudgets(db, await listKeyRows(db, { accountId, beforeId, limit, offset, filter }))
}

/** What is absent (or `undefined`) stays as it is; `null` takes a bound away. */
export type KeyChange = {
  readonly name?: string | undefined
  readonly disabled?: boolean | undefined
  /** `add`: so much more than it is by then; where there is no limit, none comes to be. */
  readonly limit?: NanoUsd | { readonly add: NanoUsd } | null | undefined
  readonly window?: LimitWindow | undefined
  readonly callCap?: NanoUsd | null | undefined
  readonly expiresAt?: Date | null | undefined
  readonly rates?: RateChange | undefined
  readonly policy?: PolicyChange | undefined
  readonly keeping?: KeepingChange | undefined
}

/** Answers `undefined` when there is no such key. Holds that are open stay; the next call meets the new bounds. */
export function changeKey(db: Db, id: Uuid, change: KeyChange): Promise<ApiKey | undefined> {
  return inTransaction(db, async (tx) => {
    const locked = await lockKeyRow(tx, id)
    const before = locked && (await withBudgets(tx, [locked]))[0]
    if (!locked || !before) return undefined
    const row = await updateKeyRow(tx, id, {
      name: change.name ?? before.name,
      disabled: change.disabled ?? before.disabled,
      expires_at: change.expiresAt === undefined ? locked.expires_at : change.expiresAt,
      ...changedRates(locked, change.rates ?? {}),
      ...changedPolicy(locked, change.policy ?? {}),
      ...changedKeeping(locked, change.keeping ?? {}),
    })
    const budget: KeyBudget = {
      keyId: id,
      accountId: before.accountId,
      limit: limitAfter(change.limit, before.limit),
      window: change.window ?? before.window,
      callCap: changed(change.callCap, before.callCap),
    }
    if (budgetFields.some((name) => budget[name] !== before[name])) await setKeyBudget(tx, budget)
    return row && keyOf(row, budget)
  })
}

const budgetFields = ['limit', 'window', 'callCap'] as const

const changed = (to: NanoUsd | null | undefined, from: NanoUsd | undefined): NanoUsd | undefined =>
  to === undefined ? from : (to ?? undefined)

const limitAfter = (to: KeyChange['limit'], from: NanoUsd | undefined): NanoUsd | undefined =>
  typeof to === 'object' && to !== null ? from && add(from, to.add) : changed(to, from)

export type Rotated = { readonly secret: string; readonly key: ApiKey }

/**
 * Gives a key another secret: limits, spend and history stay. The secret before works until `previousUntil`; one that was
 * still working from an earlier rotation stops at once. Answers `undefined` when there is no such key.
 */
export function rotateKey(
  db: Db,
  id: Uuid,
  previousUntil: Date,
  { secrets, chance }: Tools,
): Promise<Rotated | undefined> {
  return inTransaction(db, async (tx) => {
    const locked = await lockKeyRow(tx, id)
    if (!locked) return undefined
    const secret = makeSecret(locked.kind, chance)
    const row = await updateKeyRow(tx, id, {
      label: labelOf(secret),
      secret_hmac: secrets.hmac(secret),
      previous_hmac: locked.secret_hmac,
      previous_until: previousUntil,
    })
    const [key] = row ? await withBudgets(tx, [row]) : []
    return key && { secret, key }
  })
}

/** The secret stops working everywhere; the row stays for the history of its calls. `false`: there was no such key. */
export function deleteKey(db: Db, id: Uuid, at: Date): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (!(await lockKeyRow(tx, id))) return false
    await updateKeyRow(tx, id, { deleted_at: at })
    return true
  })
}

export type KeyName = { readonly name: string; readonly label: string }

/** What keys are called, those that were deleted too, since their calls stay. */
export async function keyNames(db: Db, ids: readonly Uuid[]): Promise<ReadonlyMap<Uuid, KeyName>> {
  const wanted = [...new Set(ids)]
  const rows = wanted.length === 0 ? [] : await findKeyNameRows(db, wanted)
  return new Map(rows.map(({ id, name, label }) => [id, { name, label }]))
}

/** Joins keys with the limits that the ledger keeps for them, in the order of the rows. */
export async function withBudgets(db: Db, rows: readonly KeyRow[]): Promise<readonly ApiKey[]> {
  if (rows.length === 0) return []
  const budgets = await findKeyBudgets(
    db,
    rows.map(({ id }) => id),
  )
  const byKey = new Map(budgets.map((budget) => [budget.keyId, budget]))
  return rows.map((row) => {
    const budget = byKey.get(row.id)
    assert(budget !== undefined, `key ${row.id} has a budget: both are made in one transaction`)
    return keyOf(row, budget)
  })
}

const keyOf = (row: KeyRow, budget: KeyBudget): ApiKey => ({
  id: row.id,
  accountId: row.account_id,
  kind: row.kind,
  name: row.name,
  label: row.label,
  limit: budget.limit,
  window: budget.window,
  callCap: budget.callCap,
  rates: ratesOf(row),
  policy: policyOf(row),
  keeping: keepingOf(row),
  previousUntil: row.previous_until ?? undefined,
  disabled: row.disabled,
  expiresAt: row.expires_at ?? undefined,
  createdAt: row.created_at,
})
