import { type Actor, type AuditEntry, recordAudit } from '../../accounts/index.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { type Bearer, knownAccountId } from '../auth.ts'
import type { Browser } from '../browser.ts'
import type { AnyOperation } from '../operation.ts'
import type { ApiOptions } from '../options.ts'
import { type Audited, entryOf } from './change.ts'

/** A request as `mount` has it: checked by the schemas of its operation. */
export type AnyRequest = {
  readonly api: ApiOptions
  readonly db: Db
  readonly bearer: Bearer
  readonly browser: Browser
  readonly params: Readonly<Record<string, unknown>>
  readonly query: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * Runs an operation. One that changes something is one transaction together with its entry in the audit log, so that
 * neither is there without the other; the entry is the one statement more.
 */
export function perform(operation: AnyOperation, request: AnyRequest): Promise<unknown> {
  const { audit } = operation
  if (audit === undefined || audit === 'itself' || audit === 'nothing') return read(operation, request)
  return inTransaction(request.db, async (db) => {
    const { target, answer } = await run(operation, { ...request, db })
    await recordAudit(db, entry(operation, audit, { request, target, answer }))
    return answer
  })
}

/** Runs an operation that only reads, for another one that tells the same. */
export const read = (operation: AnyOperation, request: AnyRequest): Promise<unknown> =>
  run(operation, request).then(({ answer }) => answer)

async function run(operation: AnyOperation, request: AnyRequest) {
  const target = await operation.target?.(request as never)
  return { target, answer: await operation.run({ ...request, target } as never) }
}

type Done = {
  readonly request: AnyRequest
  readonly target: unknown
  readonly answer: unknown
}

function entry(
  { id: action, allowed }: AnyOperation,
  { kind, before, hidden = [] }: Audited<never>,
  { request: { api, bearer, browser, params, body }, target, answer }: Done,
): AuditEntry {
  const origin = originOf(browser)
  const shown = target === undefined ? undefined : before?.(target as never)
  const own = knownAccountId(bearer)
  const changed = entryOf({ kind, before: shown, answer, params, body, hidden, ownAccountId: own })
  const actor = actorOf(bearer, allowed === 'person' ? changed.accountId : own)
  return { id: api.makeId(), at: new Date(api.clock.nowMs()), actor, origin, action, ...changed }
}

export const originOf = ({ address, requestId }: Browser) => ({ address, requestId })

/** What people do as themselves, they do for no account but the one that it is about. */
export function actorOf({ caller, session }: Bearer, accountId: Uuid | undefined): Actor {
  if (caller) return { kind: 'key', id: caller.key.id, accountId }
  return session ? { kind: 'person', id: session.person.id, accountId } : { kind: 'system' }
}
