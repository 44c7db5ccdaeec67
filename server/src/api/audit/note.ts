import { type AuditEntry, recordAudit } from '../../accounts/index.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { entryOf } from './change.ts'
import { type AnyRequest, actorOf, originOf } from './perform.ts'

/** A change by an operation that cannot be one transaction, because it asks somebody outside. */
export type Noted = {
  /** The id of the operation. */
  readonly action: string
  readonly kind: AuditEntry['target']['kind']
  readonly accountId: Uuid
  readonly before: object | undefined
  readonly after: object | undefined
}

/** Writes the change into the audit log as operations that are one transaction have it written. */
export async function noteChange(
  db: Db,
  { api, bearer, browser }: Pick<AnyRequest, 'api' | 'bearer' | 'browser'>,
  { action, kind, accountId, before, after }: Noted,
): Promise<void> {
  const change = { kind, before, answer: { data: after }, params: {}, body: {}, hidden: [], ownAccountId: accountId }
  const made = { id: api.makeId(), at: new Date(api.clock.nowMs()), action }
  await recordAudit(db, {
    ...{ ...made, actor: actorOf(bearer, accountId), origin: originOf(browser) },
    ...{ ...entryOf(change), accountId },
  })
}
