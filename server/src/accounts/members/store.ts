import { sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { AccountKind } from '../types.ts'
import { type MemberRole, memberRoles } from '../permissions.ts'

export type MemberRow = { account_id: Uuid; person_id: Uuid; role: MemberRole; created_at: Date }

type AccountNames = { id: Uuid; name: string; kind: AccountKind }

type PersonNames = { id: Uuid; name: string; email: string | null }

const tables = (db: Db) => db.withTables<{ member: MemberRow; account: AccountNames; person: PersonNames }>()

export const insertMember = (db: Db, row: MemberRow) => tables(db).insertInto('member').values(row).execute()

/** The operator's account first, then in the order in which the person came to them. */
export const listMembershipRows = (db: Db, personId: Uuid) =>
  tables(db)
    .selectFrom('member')
    .innerJoin('account', 'account.id', 'member.account_id')
    .select(['account.id as account_id', 'account.name', 'account.kind', 'member.role'])
    .where('member.person_id', '=', personId)
    .orderBy((is) => is('account.kind', '=', 'operator'), 'desc')
    .orderBy('member.created_at')
    .orderBy('account.id')
    .execute()

/** Whoever owns an account longest. */
export const findFirstOwnerRow = (db: Db, accountId: Uuid) =>
  tables(db)
    .selectFrom('member')
    .select('person_id')
    .where('account_id', '=', accountId)
    .where('role', '=', 'owner')
    .orderBy('created_at')
    .orderBy('person_id')
    .limit(1)
    .executeTakeFirst()

/** Held to the end of the transaction: changes of an account's members happen one after the other. */
export const lockRoster = (db: Db, accountId: Uuid) =>
  tables(db).selectFrom('account').select('id').where('id', '=', accountId).forNoKeyUpdate().execute()

const named = (db: Db, accountId: Uuid) =>
  tables(db)
    .selectFrom('member')
    .innerJoin('person', 'person.id', 'member.person_id')
    .select(['member.person_id', 'member.role', 'member.created_at', 'person.name', 'person.email'])
    .where('member.account_id', '=', accountId)

/** Owners first, then by role; those who came first before. */
export const listMemberRows = (db: Db, accountId: Uuid) =>
  named(db, accountId)
    .orderBy(sql`array_position(${[...memberRoles]}::text[], member.role)`)
    .orderBy('member.created_at')
    .orderBy('member.person_id')
    .execute()

export const findMemberRow = (db: Db, accountId: Uuid, personId: Uuid) =>
  named(db, accountId).where('member.person_id', '=', personId).executeTakeFirst()

export type NamedMemberRow = Awaited<ReturnType<typeof listMemberRows>>[number]

export const countOwners = async (db: Db, accountId: Uuid): Promise<number> => {
  const owners = tables(db).selectFrom('member').where('account_id', '=', accountId).where('role', '=', 'owner')
  return Number((await owners.select(({ fn }) => fn.countAll<bigint>().as('count')).executeTakeFirstOrThrow()).count)
}

const memberIs = (accountId: Uuid, personId: Uuid) => ({ account_id: accountId, person_id: personId })

export const updateMemberRow = (db: Db, accountId: Uuid, personId: Uuid, role: MemberRole) =>
  tables(db)
    .updateTable('member')
    .set({ role })
    .where((is) => is.and(memberIs(accountId, personId)))
    .execute()

export const deleteMemberRow = (db: Db, accountId: Uuid, personId: Uuid) =>
  tables(db)
    .deleteFrom('member')
    .where((is) => is.and(memberIs(accountId, personId)))
    .execute()

export const deleteMembersOf = (db: Db, accountId: Uuid) =>
  tables(db).deleteFrom('member').where('account_id', '=', accountId).execute()

export const deleteMembershipsOf = (db: Db, personId: Uuid) =>
  tables(db).deleteFrom('member').where('person_id', '=', personId).execute()
