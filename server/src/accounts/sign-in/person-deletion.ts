import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { revokeAllRowsBy } from '../invitations/store.ts'
import { listMemberships, type Membership } from '../members/members.ts'
import { countOwners, deleteMembershipsOf, lockRoster } from '../members/store.ts'
import { deleteChallengesOf } from './store/challenges.ts'
import { deleteIdentitiesOf, lockPersonRow, updatePersonRow } from './store/people.ts'
import { deleteSessionsOf } from './store/sessions.ts'

/** What stands where the name of a person was who is deleted. */
const deletedPersonName = 'Deleted person'

export type PersonDeleted =
  /** `of`: the accounts that lost a member. */
  | { readonly kind: 'deleted'; readonly of: readonly Membership[] }
  | { readonly kind: 'unknown' }
  /** Accounts that would be nobody's: hand them over or delete them first. */
  | { readonly kind: 'owner'; readonly of: readonly Membership[] }

/**
 * Forgets a person: sessions, ways in, memberships, name and address are gone. The row stays without them, for what they
 * did is told by its id; keys that they made are their accounts'.
 */
export function deletePerson(db: Db, id: Uuid, at: Date): Promise<PersonDeleted> {
  return inTransaction(db, async (tx) => {
    const person = await lockPersonRow(tx, id)
    if (!person || person.deleted_at !== null) return { kind: 'unknown' }
    const of = await lockedMemberships(tx, id)
    const owned = await onlyOwned(tx, of)
    if (owned.length > 0) return { kind: 'owner', of: owned }
    await deleteMembershipsOf(tx, id)
    await revokeAllRowsBy(tx, id, at)
    await deleteSessionsOf(tx, id)
    await deleteChallengesOf(tx, id)
    await deleteIdentitiesOf(tx, id)
    await updatePersonRow(tx, id, { name: deletedPersonName, email: null, deleted_at: at })
    return { kind: 'deleted', of }
  })
}

/** Nobody changes the members of these accounts until the transaction ends. */
async function lockedMemberships(tx: Db, personId: Uuid): Promise<readonly Membership[]> {
  const ids = (await listMemberships(tx, personId)).map(({ accountId }) => accountId)
  for (const id of ids.toSorted()) await lockRoster(tx, id)
  return listMemberships(tx, personId)
}

/** Accounts whose last owner somebody is. */
async function onlyOwned(tx: Db, memberships: readonly Membership[]): Promise<readonly Membership[]> {
  const owned: Membership[] = []
  for (const each of memberships) {
    if (each.role === 'owner' && (await countOwners(tx, each.accountId)) === 1) owned.push(each)
  }
  return owned
}
