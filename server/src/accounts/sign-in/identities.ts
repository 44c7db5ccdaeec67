import { assert } from '../../core/assert.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { recordAudit } from '../audit/audit.ts'
import type { AuditEntry, Origin } from '../audit/types.ts'
import { listMemberships } from '../members/members.ts'
import { addIdentity, type Proof, welcome } from './enter.ts'
import {
  deleteIdentityRow,
  findIdentityRow,
  type IdentityRow,
  listIdentityRows,
  lockIdentity,
  lockPersonRow,
  updateIdentityRow,
  updatePersonRow,
} from './store/people.ts'
import { deleteOtherSessionsOf } from './store/sessions.ts'
import type { IdentityKind, NewcomerRules, SignInTools } from './types.ts'

/** A way in. */
export type Identity = {
  readonly id: Uuid
  readonly kind: IdentityKind
  readonly name: string
  readonly createdAt: Date
  readonly usedAt: Date | undefined
}

/** In the order in which they came. */
export const listIdentities = async (db: Db, personId: Uuid): Promise<readonly Identity[]> =>
  (await listIdentityRows(db, personId)).map(identityOf)

export type Linked =
  | { readonly kind: 'linked'; readonly identity: Identity; readonly replaced: string | undefined }
  /** It leads to somebody, who may be the same person. */
  | { readonly kind: 'taken'; readonly byThemselves: boolean }

/**
 * Gives a person one more way in. A mailbox takes the place of the one before: a person has one. The first mailbox brings
 * the welcome credits, to an account that the person owns.
 */
export function linkIdentity(
  tools: SignInTools,
  personId: Uuid,
  { proof, rules, origin }: { readonly proof: Proof; readonly rules: NewcomerRules; readonly origin: Origin },
): Promise<Linked> {
  return inTransaction(tools.db, async (db) => {
    const within = { ...tools, db }
    await lockIdentity(db, proof)
    await lockPersonRow(db, personId)
    const holder = await findIdentityRow(db, proof)
    if (holder) return { kind: 'taken', byThemselves: holder.person_id === personId }
    const before = proof.kind === 'email' ? await emailIdentity(db, personId) : undefined
    if (before) await deleteIdentityRow(db, before.id)
    const added = await addIdentity(within, personId, proof)
    assert(added !== undefined, 'whoever links the same at once waits for us')
    if (proof.email !== undefined && proof.kind === 'email') {
      await updatePersonRow(db, personId, { email: proof.email })
      const own = (await listMemberships(db, personId)).find(
        (each) => each.role === 'owner' && each.accountKind === 'customer',
      )
      if (own) await welcome(within, { personId, accountId: own.accountId, email: proof.email }, rules)
    }
    await noteChange(within, personId, { action: 'linkIdentity', origin, id: added.id, after: { kind: added.kind } })
    return { kind: 'linked', identity: identityOf(added), replaced: before?.subject }
  })
}

const emailIdentity = async (db: Db, personId: Uuid): Promise<IdentityRow | undefined> =>
  (await listIdentityRows(db, personId)).find(({ kind }) => kind === 'email')

export type Unlinked =
  | { readonly kind: 'unlinked'; readonly identity: Identity }
  | { readonly kind: 'unknown' }
  /** It is the only way in that is left. */
  | { readonly kind: 'last' }

/** Takes a way in away, never the last one, and ends every session but the one that did it. */
export function unlinkIdentity(
  tools: SignInTools,
  personId: Uuid,
  { id, keepSession, origin }: { readonly id: Uuid; readonly keepSession: Uuid; readonly origin: Origin },
): Promise<Unlinked> {
  return inTransaction(tools.db, async (tx) => {
    const person = await lockPersonRow(tx, personId)
    const rows = await listIdentityRows(tx, personId)
    const row = rows.find((each) => each.id === id)
    if (!row || !person) return { kind: 'unknown' }
    if (rows.length === 1) return { kind: 'last' }
    await deleteIdentityRow(tx, id)
    if (row.kind === 'email' && person.email === row.subject) await updatePersonRow(tx, personId, { email: null })
    await deleteOtherSessionsOf(tx, personId, keepSession)
    const change = { action: 'unlinkIdentity', origin, id, before: { kind: row.kind } }
    await noteChange({ ...tools, db: tx }, personId, change)
    return { kind: 'unlinked', identity: identityOf(row) }
  })
}

type Noted = Partial<Pick<AuditEntry, 'before' | 'after'>> &
  Pick<AuditEntry, 'action'> & { readonly origin: Origin; readonly id: Uuid }

/** What somebody did with their ways in concerns no account. */
const noteChange = (
  { db, makeId, clock }: SignInTools,
  personId: Uuid,
  { action, origin: { address, requestId }, id, before, after }: Noted,
) =>
  recordAudit(db, {
    ...{ id: makeId(), at: new Date(clock.nowMs()), actor: { kind: 'person', id: personId, accountId: undefined } },
    ...{
      origin: { address, requestId },
      action,
      target: { kind: 'identity', id },
      accountId: undefined,
      before,
      after,
    },
  })

/** What people call a passkey; other ways in have names of their own. Answers `undefined` when there is none. */
export async function renamePasskey(
  db: Db,
  of: { readonly id: Uuid; readonly personId: Uuid },
  name: string,
): Promise<Identity | undefined> {
  const row = await updateIdentityRow(db, { ...of, kind: 'passkey' }, { name })
  return row && identityOf(row)
}

const identityOf = ({ id, kind, name, created_at, used_at }: IdentityRow): Identity => ({
  ...{ id, kind, name },
  createdAt: created_at,
  usedAt: used_at ?? undefined,
})
