import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Db } from '../../platform/database/index.ts'
import type { AccountKind } from '../types.ts'
import type { Actor, AuditTarget } from './types.ts'

export type AuditRow = {
  id: Uuid
  at: Date
  actor: Actor['kind']
  actor_id: Uuid | null
  actor_account_id: Uuid | null
  address: string | null
  request_id: string | null
  action: string
  target: AuditTarget
  target_id: string | null
  account_id: Uuid | null
  before: JsonObject | null
  after: JsonObject | null
}

type Names = { id: Uuid; name: string }

/** Rows of server/migrations/0013-members-and-audit.sql. */
const tables = (db: Db) =>
  db.withTables<{
    audit: AuditRow
    api_key: Names & { label: string }
    person: Names
    account: Names & { kind: AccountKind }
  }>()

export const insertAudit = (db: Db, rows: readonly AuditRow[]) => tables(db).insertInto('audit').values(rows).execute()

export type AuditSearch = {
  readonly accountId?: Uuid | undefined
  /** The id of a person or key. */
  readonly actorId?: Uuid | undefined
  readonly actor?: Actor['kind'] | undefined
  readonly action?: string | undefined
  readonly target?: AuditTarget | undefined
  readonly targetId?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly beforeId?: Uuid | undefined
  readonly limit: number
}

/** Newest first, with the names that their actors have now. */
export function listAuditRows(db: Db, search: AuditSearch) {
  const { accountId, actorId, actor, action, target, targetId, from, to, beforeId, limit } = search
  return tables(db)
    .selectFrom('audit')
    .leftJoin('api_key', 'api_key.id', 'audit.actor_id')
    .leftJoin('person', 'person.id', 'audit.actor_id')
    .leftJoin('account', 'account.id', 'audit.actor_account_id')
    .selectAll('audit')
    .select(['api_key.name as key_name', 'api_key.label as key_label', 'person.name as person_name'])
    .select('account.kind as acting_kind')
    .$if(accountId !== undefined, (query) => query.where('audit.account_id', '=', accountId!))
    .$if(actorId !== undefined, (query) => query.where('audit.actor_id', '=', actorId!))
    .$if(actor !== undefined, (query) => query.where('audit.actor', '=', actor!))
    .$if(action !== undefined, (query) => query.where('audit.action', '=', action!))
    .$if(target !== undefined, (query) => query.where('audit.target', '=', target!))
    .$if(targetId !== undefined, (query) => query.where('audit.target_id', '=', targetId!))
    .$if(from !== undefined, (query) => query.where('audit.at', '>=', from!))
    .$if(to !== undefined, (query) => query.where('audit.at', '<', to!))
    .$if(beforeId !== undefined, (query) => query.where('audit.id', '<', beforeId!))
    .orderBy('audit.id', 'desc')
    .limit(limit)
    .execute()
}

export type NamedAuditRow = Awaited<ReturnType<typeof listAuditRows>>[number]
