import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { recordAudit } from '../audit/audit.ts'
import { listMemberships, type Membership } from '../members/members.ts'
import { deleteExpiredChallenges } from './store/challenges.ts'
import { updatePersonRow } from './store/people.ts'
import {
  deleteExpiredSessions,
  deleteSessionByToken,
  deleteSessionOf,
  deleteSessionsOf,
  findSessionRow,
  insertSession,
  listSessionRows,
  type SessionRow,
  touchSession,
} from './store/sessions.ts'
import { hashToken, makeToken } from './tokens.ts'
import { purgeTries } from './tries.ts'
import type { Device, Person, SignInMethod, SignInTools } from './types.ts'

const dayMs = 24 * 3_600_000
/** How long a session lives, however busy it is. */
export const sessionMs = 30 * dayMs
/** How long it lives when nobody uses it. */
const idleMs = 7 * dayMs
/** How exact `seen_at` is kept; a write for every request would be one too many. */
const seenEveryMs = 60_000
const deviceCharactersMax = 300

/** A browser that is signed in. */
export type Session = {
  readonly id: Uuid
  readonly person: Person
  readonly signedInAt: Date
  readonly expiresAt: Date
  /** Never empty for long: whoever has none sees what a new account would. */
  readonly memberships: readonly Membership[]
}

/** Signs a person in: a new token, which is told once; the session that this browser had before ends. The audit log has it. */
export function openSession(
  tools: SignInTools,
  personId: Uuid,
  { method, device, address, requestId, token: before }: Device & { readonly method: SignInMethod },
): Promise<string> {
  const { secrets, clock, chance, makeId } = tools
  const now = new Date(clock.nowMs())
  const token = makeToken(chance)
  return inTransaction(tools.db, async (db) => {
    if (before !== undefined) await endSession({ db, secrets }, before)
    const id = makeId()
    await insertSession(db, {
      id,
      person_id: personId,
      token_hmac: hashToken(secrets, 'session', token),
      method,
      device: device.slice(0, deviceCharactersMax).toWellFormed(),
      address: address ?? null,
      created_at: now,
      seen_at: now,
      expires_at: new Date(now.getTime() + sessionMs),
    })
    await updatePersonRow(db, personId, { signed_in_at: now })
    const [first] = await listMemberships(db, personId)
    const accountId = first?.accountId
    await recordAudit(db, {
      ...{ id: makeId(), at: now, actor: { kind: 'person', id: personId, accountId }, origin: { address, requestId } },
      ...{ action: 'signIn', target: { kind: 'session', id }, accountId, before: undefined, after: { method } },
    })
    return token
  })
}

/** Who bears a token; `undefined` when it is none, or has expired. */
export async function findSession(
  { db, secrets, clock }: Pick<SignInTools, 'db' | 'secrets' | 'clock'>,
  token: string,
  address: string | undefined,
): Promise<Session | undefined> {
  const nowMs = clock.nowMs()
  const row = await findSessionRow(db, hashToken(secrets, 'session', token), livingAt(nowMs))
  if (!row) return undefined
  if (nowMs - row.seen_at.getTime() >= seenEveryMs)
    await touchSession(db, row.id, { seen_at: new Date(nowMs), address: address ?? null })
  return {
    id: row.id,
    person: { id: row.person_id, name: row.name, email: row.email ?? undefined, createdAt: row.person_created_at },
    signedInAt: row.created_at,
    expiresAt: row.expires_at,
    memberships: await listMemberships(db, row.person_id),
  }
}

export const endSession = ({ db, secrets }: Pick<SignInTools, 'db' | 'secrets'>, token: string) =>
  deleteSessionByToken(db, hashToken(secrets, 'session', token))

/** Where somebody is signed in. */
export type SignedIn = {
  readonly id: Uuid
  readonly method: SignInMethod
  readonly device: string
  readonly address: string | undefined
  readonly createdAt: Date
  readonly seenAt: Date
  readonly expiresAt: Date
}

/** The one used last first. */
export const listSessions = async (
  { db, clock }: Pick<SignInTools, 'db' | 'clock'>,
  personId: Uuid,
): Promise<readonly SignedIn[]> => (await listSessionRows(db, personId, livingAt(clock.nowMs()))).map(signedInOf)

/** Signs a person out of one browser; `false` when they are not signed in there. */
export const endSessionOf = (db: Db, personId: Uuid, id: Uuid): Promise<boolean> => deleteSessionOf(db, personId, id)

/** Signs a person out everywhere. */
export const endSessionsOf = (db: Db, personId: Uuid) => deleteSessionsOf(db, personId)

const signedInOf = ({ id, method, device, address, created_at, seen_at, expires_at }: SessionRow): SignedIn => ({
  ...{ id, method, device, address: address ?? undefined },
  ...{ createdAt: created_at, seenAt: seen_at, expiresAt: expires_at },
})

/** What a page of ours shows to prove that a request is its own: other sites can send the cookie, but not read this. */
export const csrfTokenOf = (secrets: SignInTools['secrets'], token: string): string =>
  hashToken(secrets, 'csrf', token).toString('base64url')

export function isCsrfToken(secrets: SignInTools['secrets'], token: string, given: string | undefined): boolean {
  const expected = Buffer.from(csrfTokenOf(secrets, token))
  const shown = Buffer.from(given ?? '')
  return shown.length === expected.length && timingSafeEqual(shown, expected)
}

/** A job: forgets sessions and challenges that have expired. Returns how many sessions. */
export async function purgeSignIns(db: Db, clock: Pick<Clock, 'nowMs'>): Promise<number> {
  await deleteExpiredChallenges(db, new Date(clock.nowMs()))
  await purgeTries({ db, clock })
  return deleteExpiredSessions(db, livingAt(clock.nowMs()))
}

const livingAt = (nowMs: number) => ({ now: new Date(nowMs), seenSince: new Date(nowMs - idleMs) })
