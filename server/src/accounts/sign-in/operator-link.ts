import type { Uuid } from '../../core/ids.ts'
import { assert } from '../../core/assert.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { findOperatorAccount } from '../accounts.ts'
import { addMember, findFirstOwner } from '../members/members.ts'
import { lockBootstrap } from '../store.ts'
import { createPerson } from './people.ts'
import { insertChallenge, takeChallengeBySecret } from './store/challenges.ts'
import { findPersonRow } from './store/people.ts'
import { hashToken, makeToken } from './tokens.ts'
import type { SignInTools } from './types.ts'

const linkMs = 24 * 3_600_000

export type OperatorLink = { readonly token: string; readonly expiresAt: Date }

/**
 * Makes a link that signs in as the operator: whoever owns the operator's account longest, made here where nobody does.
 * It works once, for 24 hours; only a hash of it is stored. Whoever asks must already have the operator's rights.
 */
export function makeOperatorLink(tools: SignInTools): Promise<OperatorLink> {
  const { secrets, clock, chance, makeId } = tools
  const token = makeToken(chance)
  const now = new Date(clock.nowMs())
  const expiresAt = new Date(now.getTime() + linkMs)
  return inTransaction(tools.db, async (db) => {
    const personId = await operatorPerson({ ...tools, db })
    await insertChallenge(db, {
      ...{ id: makeId(), kind: 'link', secret_hmac: hashToken(secrets, 'link', token), browser_hmac: null },
      ...{ person_id: personId, subject: null, sealed: null, tries: 0, created_at: now, expires_at: expiresAt },
    })
    return { token, expiresAt }
  })
}

/** The page that uses a link; behind `#`, the token reaches no server's log. */
export const operatorLinkUrl = (origin: string, token: string): string => `${origin}/sign-in#link=${token}`

/** The person behind a link, which then works no more; `undefined` when it was used, has expired or never was. */
export async function takeOperatorLink({ db, secrets, clock }: SignInTools, token: string): Promise<Uuid | undefined> {
  const secretHmac = hashToken(secrets, 'link', token)
  const taken = await takeChallengeBySecret(db, {
    ...{ kind: 'link', secretHmac, browserHmac: null },
    now: new Date(clock.nowMs()),
  })
  return taken?.person_id ?? undefined
}

/** Whether nobody has come in as the operator yet: then every start shows a link. */
export async function awaitsOperator({ db }: Pick<SignInTools, 'db'>): Promise<boolean> {
  const operator = await findOperatorAccount(db)
  const owner = operator && (await findFirstOwner(db, operator.id))
  return owner === undefined || (await findPersonRow(db, owner))?.signed_in_at === null
}

async function operatorPerson(tools: SignInTools): Promise<Uuid> {
  const { db } = tools
  await lockBootstrap(db)
  const operator = await findOperatorAccount(db)
  assert(operator !== undefined, 'the first run made the operator before anything serves')
  return (await findFirstOwner(db, operator.id)) ?? makeOperatorPerson(tools, [operator.id])
}

/** The operator as a person, owner of these accounts; ways in come later. */
export async function makeOperatorPerson(
  { db, makeId, clock }: Pick<SignInTools, 'db' | 'makeId'> & { clock: Pick<SignInTools['clock'], 'nowMs'> },
  accountIds: readonly Uuid[],
): Promise<Uuid> {
  const createdAt = new Date(clock.nowMs())
  const { id } = await createPerson(db, { id: makeId(), name: 'Operator', email: undefined, createdAt })
  for (const accountId of accountIds) await addMember(db, { accountId, personId: id, role: 'owner', createdAt })
  return id
}
