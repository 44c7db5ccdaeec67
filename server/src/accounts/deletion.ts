import type { Uuid } from '../core/ids.ts'
import { setAccountFrozen } from '../credits/index.ts'
import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import { forgetInvitations } from './invitations/store.ts'
import { deleteMembersOf } from './members/store.ts'
import { deleteKeysOf, deleteProviderKeysOf, lockAccountRow, updateAccountRow } from './store.ts'

/** What stands where the name of an account was that is deleted. */
const deletedAccountName = 'Deleted account'

export type AccountClosed = 'closed' | 'unknown' | 'operator'

/**
 * Takes everything from an account that is of use: keys, own keys at providers, members, invitations, its name. The row,
 * the ledger and the audit log stay. Calls under way are finished; none can start. The operator's account stays.
 */
export function closeAccount(db: Db, id: Uuid, at: Date): Promise<AccountClosed> {
  return inTransaction(db, async (tx) => {
    const account = await lockAccountRow(tx, id)
    if (!account) return 'unknown'
    if (account.kind === 'operator') return 'operator'
    await updateAccountRow(tx, id, { name: deletedAccountName, frozen: true, deleted_at: at })
    await setAccountFrozen(tx, id, true)
    await deleteKeysOf(tx, id, at)
    await deleteProviderKeysOf(tx, id)
    await deleteMembersOf(tx, id)
    await forgetInvitations(tx, id, at)
    return 'closed'
  })
}
