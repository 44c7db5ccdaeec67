import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { AccountKind } from '../types.ts'
import type { MemberRole } from '../permissions.ts'

export type MemberRow = { account_id: Uuid; person_id: Uuid; role: MemberRole; created_at: Date }

type AccountNames = { id: Uuid; name: string; kind: AccountKind }

const tables = (db: Db) => db.withTables<{ member: MemberRow; account: AccountNames }>()

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
