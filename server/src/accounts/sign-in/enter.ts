import { assert } from '../../core/assert.ts'
import type { Uuid } from '../../core/ids.ts'
import { toCredits } from '../../core/money.ts'
import { grant } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { createAccount } from '../accounts.ts'
import { recordAudit } from '../audit/audit.ts'
import { acceptInvitation, invitationOfToken, isInvited } from '../invitations/invitations.ts'
import { addMember } from '../members/members.ts'
import { mailboxOf } from './mailbox.ts'
import { createPerson } from './people.ts'
import {
  findIdentityRow,
  type IdentityRow,
  insertIdentity,
  insertWelcome,
  lockIdentity,
  updateIdentityRow,
} from './store/people.ts'
import { hashToken } from './tokens.ts'
import type { IdentityKind, NewcomerRules, SignInTools } from './types.ts'

/** That whoever is there holds something: a mailbox, a passkey, a wallet, an account elsewhere. */
export type Proof = {
  readonly kind: IdentityKind
  readonly subject: string
  /** What people know it by. */
  readonly name: string
  /** A mailbox that is theirs by this proof. */
  readonly email?: string | undefined
  /** What to call somebody new. */
  readonly personName: string
  /** What somebody new is known by, where that was promised before. */
  readonly personId?: Uuid | undefined
  /** Kept with a new identity, in the same transaction. */
  readonly keep?: (db: Db, identityId: Uuid) => Promise<unknown>
}

/** The proof of something that is somebody's way in already, or no proof at all. */
export type KnownProof = Pick<Proof, 'kind' | 'subject'> & { readonly isKnown: true }

export type Entered =
  | { readonly kind: 'known'; readonly personId: Uuid }
  | { readonly kind: 'new'; readonly personId: Uuid; readonly accountId: Uuid }
  /** Nobody has this identity, and nobody new is let in. */
  | { readonly kind: 'closed' }

/**
 * Who holds what was proven: the person who has it, or, where new people are let in, a new one with an account of their own.
 * Only the very same identity leads to a person; an address that two identities share joins nobody.
 */
export function enter(
  tools: SignInTools,
  proof: Proof | KnownProof,
  { rules, invitation }: Arriving,
): Promise<Entered> {
  return inTransaction(tools.db, async (db) => {
    const within = { ...tools, db }
    await lockIdentity(db, proof)
    const known = await findKnown(within, proof)
    if (known !== undefined) return { kind: 'known', personId: known }
    if ('isKnown' in proof || !(await mayCome(within, { rules, invitation, email: proof.email })))
      return { kind: 'closed' }
    return makeNewcomer(within, proof, { rules, invitation })
  })
}

/** By which rules somebody new comes, and with what invitation. */
export type Arriving = { readonly rules: NewcomerRules; readonly invitation?: string | undefined }

/** Whether somebody new may come: by the rules, by an invitation in their hands, or by one to a mailbox of theirs. */
export async function mayCome(
  { db, secrets, clock }: Pick<SignInTools, 'db' | 'secrets' | 'clock'>,
  { rules, invitation, email }: Arriving & { readonly email?: string | undefined },
): Promise<boolean> {
  if (rules.signUp !== 'invited') return rules.signUp === 'open'
  if (invitation !== undefined && (await invitationOfToken(db, invitation, { secrets, clock }))) return true
  return email !== undefined && (await isInvited(db, email, { clock }))
}

/** Whether a mailbox leads to anybody, or may lead to somebody new. */
export const mayEnterBy = async (
  tools: Pick<SignInTools, 'db' | 'secrets' | 'clock'>,
  email: string,
  arriving: Arriving,
): Promise<boolean> =>
  (await findIdentityRow(tools.db, { kind: 'email', subject: email })) !== undefined ||
  mayCome(tools, { ...arriving, email })

/** The person who has an identity; it counts as used now. */
async function findKnown(
  { db, clock }: Pick<SignInTools, 'db' | 'clock'>,
  proof: Pick<Proof, 'kind' | 'subject'>,
): Promise<Uuid | undefined> {
  const found = await findIdentityRow(db, proof)
  if (!found) return undefined
  const of = { id: found.id, personId: found.person_id, kind: found.kind }
  await updateIdentityRow(db, of, { used_at: new Date(clock.nowMs()) })
  return found.person_id
}

async function makeNewcomer(tools: SignInTools, proof: Proof, { rules, invitation }: Arriving): Promise<Entered> {
  const { db, clock, makeId } = tools
  const createdAt = new Date(clock.nowMs())
  const name = proof.personName
  const person = await createPerson(db, {
    ...{ id: proof.personId ?? makeId(), name },
    ...{ email: proof.email, createdAt },
  })
  const account = await createAccount(db, { id: makeId(), name, kind: 'customer', createdAt })
  await addMember(db, { accountId: account.id, personId: person.id, role: 'owner', createdAt })
  const added = await addIdentity(tools, person.id, proof)
  assert(added !== undefined, 'whoever proves the same at once waits for us')
  const actor = { kind: 'person', id: person.id } as const
  const noted = { at: createdAt, origin: undefined, before: undefined }
  await recordAudit(db, {
    ...{ ...noted, id: makeId(), actor: { ...actor, accountId: account.id }, accountId: account.id },
    ...{ action: 'signUp', target: { kind: 'account', id: account.id }, after: { kind: 'customer' } },
  })
  await welcome(tools, { personId: person.id, accountId: account.id, email: proof.email }, rules)
  if (invitation === undefined) return { kind: 'new', personId: person.id, accountId: account.id }
  const accepted = await acceptInvitation(db, { token: invitation, personId: person.id }, tools)
  if (accepted.kind === 'accepted') {
    const { accountId, role } = accepted.invitation
    await recordAudit(db, {
      ...{ ...noted, id: makeId(), actor: { ...actor, accountId }, accountId, action: 'acceptInvitation' },
      ...{ target: { kind: 'member', id: person.id }, after: { person_id: person.id, role } },
    })
  }
  return { kind: 'new', personId: person.id, accountId: account.id }
}

/** Gives a person one more way in; `undefined` when somebody has it already. */
export async function addIdentity(
  { db, clock, makeId }: Pick<SignInTools, 'db' | 'clock' | 'makeId'>,
  personId: Uuid,
  { kind, subject, name, keep }: Proof,
): Promise<IdentityRow | undefined> {
  const now = new Date(clock.nowMs())
  const row = { id: makeId(), person_id: personId, kind, subject, name, created_at: now, used_at: now }
  if (!(await insertIdentity(db, row))) return undefined
  await keep?.(db, row.id)
  return row
}

/** Grants the welcome credits, once for each mailbox and each person, whoever deletes what in between. */
export async function welcome(
  { db, secrets, clock, makeId }: SignInTools,
  {
    personId,
    accountId,
    email,
  }: { readonly personId: Uuid; readonly accountId: Uuid; readonly email: string | undefined },
  { welcomeCredits }: NewcomerRules,
): Promise<void> {
  if (welcomeCredits <= 0n || email === undefined) return
  const mailbox = hashToken(secrets, 'mailbox', mailboxOf(email))
  if (!(await insertWelcome(db, { mailbox_hmac: mailbox, person_id: personId, given_at: new Date(clock.nowMs()) })))
    return
  const transferId = makeId()
  const reason = 'welcome credits'
  const granted = await grant(db, {
    ...{ transferId, accountId, amount: welcomeCredits, reference: `welcome:${personId}`, note: reason },
  })
  assert(granted.kind === 'posted', 'a person is welcomed once')
  await recordAudit(db, {
    ...{ id: makeId(), at: new Date(clock.nowMs()), actor: { kind: 'system' }, origin: undefined, accountId },
    ...{ action: 'welcome', target: { kind: 'transfer', id: transferId }, before: undefined },
    after: { kind: 'grant', credits: toCredits(welcomeCredits), reason },
  })
}
