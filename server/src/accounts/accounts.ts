import type { Uuid } from '../core/ids.ts'
import { openLedgerAccount, setAccountFrozen } from '../credits/index.ts'
import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import {
  type AccountRow,
  findAccountRow,
  findAccountRows,
  findOperatorRow,
  insertAccount,
  keepAccountRow,
  listAccountRows,
  updateAccountRow,
} from './store.ts'
import { changedRates, noRates, type RateChange, ratesOf } from './rates.ts'
import type { Account, AccountKind } from './types.ts'

export type NewAccount = {
  readonly id: Uuid
  readonly name: string
  readonly kind: AccountKind
  readonly createdAt: Date
}

/** Makes an account with an empty balance. Names need not be unique; a second operator account is a fault. */
export async function createAccount(db: Db, account: NewAccount): Promise<Account> {
  const { id, name, kind, createdAt } = account
  await inTransaction(db, async (tx) => {
    await insertAccount(tx, { id, name, kind, frozen: false, created_at: createdAt, deleted_at: null, ...noRates })
    await openLedgerAccount(tx, id)
  })
  return { ...account, frozen: false, rates: ratesOf(noRates), deletedAt: undefined }
}

/** Also one that is deleted: its history stays. */
export const findAccount = async (db: Db, id: Uuid): Promise<Account | undefined> => {
  const row = await findAccountRow(db, id)
  return row && accountOf(row)
}

/** Some accounts, those too that are deleted. */
export const findAccounts = async (db: Db, ids: readonly Uuid[]): Promise<readonly Account[]> =>
  ids.length === 0 ? [] : (await findAccountRows(db, ids)).map(accountOf)

/** An account that is not deleted, and that nobody deletes until the transaction ends. */
export const keepAccount = async (db: Db, id: Uuid): Promise<Account | undefined> => {
  const row = await keepAccountRow(db, id)
  return row && accountOf(row)
}

/** The account that may do everything; `undefined` before the first run. */
export const findOperatorAccount = async (db: Db): Promise<Account | undefined> => {
  const row = await findOperatorRow(db)
  return row && accountOf(row)
}

export type AccountsPage = {
  readonly beforeId?: Uuid | undefined
  /** Only those whose name has this text in it, whatever its case, or whose id it is. */
  readonly named?: string | undefined
  /** Only of these. */
  readonly among?: readonly Uuid[] | undefined
  readonly limit: number
}

/** Newest first, without those that are deleted; the next page begins before the last id of this one. */
export const listAccounts = async (db: Db, page: AccountsPage): Promise<readonly Account[]> => {
  const { beforeId, named, among, limit } = page
  return (await listAccountRows(db, { beforeId, named, among, limit })).map(accountOf)
}

/** What is absent stays as it is. A frozen account keeps its balance and can start no call. */
export type AccountChange = {
  readonly name?: string | undefined
  readonly frozen?: boolean | undefined
  readonly rates?: RateChange | undefined
}

/** Answers `undefined` when there is no such account. Every gateway knows before its next call. */
export function changeAccount(db: Db, id: Uuid, change: AccountChange): Promise<Account | undefined> {
  return inTransaction(db, async (tx) => {
    const { name, frozen, rates = {} } = change
    const before = await keepAccountRow(tx, id)
    if (!before) return undefined
    const row = await updateAccountRow(tx, id, {
      name: name ?? before.name,
      frozen: frozen ?? before.frozen,
      ...changedRates(before, rates),
    })
    if (frozen !== undefined) await setAccountFrozen(tx, id, frozen)
    return row && accountOf(row)
  })
}

const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  kind: row.kind,
  frozen: row.frozen,
  rates: ratesOf(row),
  createdAt: row.created_at,
  deletedAt: row.deleted_at ?? undefined,
})
