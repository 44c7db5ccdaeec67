import type { Db } from '../../platform/database/index.ts'
import { type AuditRow, type AuditSearch, insertAudit, listAuditRows, type NamedAuditRow } from './store.ts'
import type { Actor, AuditEntry, AuditRecord } from './types.ts'

/** Writes down what was done, in the transaction that does it: neither is there without the other. */
export const recordAudit = async (db: Db, ...entries: readonly AuditEntry[]): Promise<void> => {
  await insertAudit(db, entries.map(rowOf))
}

/** Newest first; the next page begins before the last id of this one. */
export const listAudit = async (db: Db, search: AuditSearch): Promise<readonly AuditRecord[]> =>
  (await listAuditRows(db, search)).map(recordOf)

const rowOf = ({ id, at, actor, origin, action, target, accountId, before, after }: AuditEntry): AuditRow => ({
  id,
  at,
  actor: actor.kind,
  actor_id: actor.kind === 'system' ? null : actor.id,
  actor_account_id: actor.kind === 'system' ? null : (actor.accountId ?? null),
  address: origin?.address ?? null,
  request_id: origin?.requestId ?? null,
  action,
  target: target.kind,
  target_id: target.id ?? null,
  account_id: accountId ?? null,
  before: before ?? null,
  after: after ?? null,
})

const recordOf = (row: NamedAuditRow): AuditRecord => ({
  id: row.id,
  at: row.at,
  actor: actorOf(row),
  origin: { address: row.address ?? undefined, requestId: row.request_id ?? undefined },
  action: row.action,
  target: { kind: row.target, id: row.target_id ?? undefined },
  accountId: row.account_id ?? undefined,
  before: row.before ?? undefined,
  after: row.after ?? undefined,
  actorName: row.key_name ?? row.person_name ?? undefined,
  actorLabel: row.key_label ?? undefined,
  byOperator: row.acting_kind === 'operator' && row.actor_account_id !== row.account_id,
})

const actorOf = ({ actor, actor_id: id, actor_account_id: accountId }: AuditRow): Actor =>
  actor === 'system' || id === null ? { kind: 'system' } : { kind: actor, id, accountId: accountId ?? undefined }
