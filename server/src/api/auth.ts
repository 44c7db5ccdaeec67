import { AppError } from '../core/errors.ts'
import type { Uuid } from '../core/ids.ts'
import {
  type AccountKind,
  type Authenticate,
  type Authenticated,
  type Caller,
  mayCallFrom,
  type MemberRole,
  type Permission,
  permissionsOf,
  permissionsOfManagementKey,
  rolesWith,
  type Session,
} from '../accounts/index.ts'
import type { Allowed } from './operation.ts'
import { notFound } from './faults.ts'

/** A signed-in person, acting for one of their accounts. */
export type Acting = Session & {
  readonly accountId: Uuid
  readonly accountKind: AccountKind
  readonly memberRole: MemberRole
}

/**
 * Who asks, by a key or by a session, and what they are. `operator`: everything; `manager`: an account of its own - by a
 * management key, or as one of its members; `caller`: an inference key, which sees itself and its account; `person`: somebody
 * signed in who is no member of any account; `nobody`: nothing was needed and nothing given.
 */
export type Bearer =
  | { readonly role: 'operator' | 'manager' | 'caller'; readonly caller: Caller; readonly session?: undefined }
  | { readonly role: 'operator' | 'manager'; readonly caller?: undefined; readonly session: Acting }
  | { readonly role: 'person'; readonly caller?: undefined; readonly session: Session }
  | { readonly role: 'nobody'; readonly caller?: undefined; readonly session?: undefined }

/** What an operation wants of who asks. */
export type Wanted = { readonly allowed: Exclude<Allowed, 'anyone'>; readonly permission: Permission | undefined }

/** Finds who bears a key and whether they may ask; throws 401 or 403. */
export async function admitKey(
  authenticate: Authenticate,
  { secret, address }: { readonly secret: string | undefined; readonly address: string | undefined },
  { allowed, permission }: Wanted,
): Promise<Bearer> {
  const found = await authenticate(secret, address)
  if (found.kind === 'slow-down') throw slowDown(found.retryAfterSeconds)
  if (found.kind === 'refused') throw new AppError('invalid_api_key', { message: refusals[found.reason] })
  if (!mayCallFrom(found.caller.key.policy, address))
    throw new AppError('not_allowed', { message: `This key may not be used from ${address ?? 'here'}.` })
  const bearer = { role: roleOf(found.caller), caller: found.caller } as const
  const refusal = refusalOf(bearer.role, allowed) ?? refusalOfPermission(bearer.role, permission)
  if (refusal) throw new AppError('not_allowed', { message: refusal })
  return bearer
}

const slowDown = (retryAfterSeconds: number) =>
  new AppError('rate_limit_exceeded', {
    message: 'Too many keys that do not exist came from your address. Try again later.',
    metadata: { limit: 'wrong_keys', of: 'address' },
    retryAfterSeconds,
  })

const refusals = {
  missing: "No API key was given. Send it as 'Authorization: Bearer sk-rp-...'.",
  malformed: 'This is not a RedPill API key. One looks like sk-rp-... and may have been cut or mistyped.',
  unknown: 'This API key is not valid.',
  disabled: 'This API key is disabled.',
  expired: 'This API key has expired.',
  rotated: 'This API key was replaced by a newer one.',
} as const satisfies Record<Extract<Authenticated, { kind: 'refused' }>['reason'], string>

function roleOf({ key, accountKind }: Caller): 'operator' | 'manager' | 'caller' {
  if (key.kind === 'inference') return 'caller'
  return accountKind === 'operator' ? 'operator' : 'manager'
}

function refusalOf(role: 'operator' | 'manager' | 'caller', allowed: Wanted['allowed']): string | undefined {
  switch (allowed) {
    case 'anyone-known':
    case 'key':
      return undefined
    case 'management':
      return role === 'caller' ? 'This needs a management key (sk-rpm-...).' : undefined
    case 'operator':
      return role === 'operator' ? undefined : "This needs a management key of the operator's account."
    case 'person':
      return 'This is for somebody who is signed in; a key is nobody.'
  }
}

/** A key may not decide who else gets in: whoever found it would stay. */
function refusalOfPermission(
  role: 'operator' | 'manager' | 'caller',
  permission: Permission | undefined,
): string | undefined {
  const isPeoples = permission === 'members' || permission === 'owner'
  return isPeoples && role !== 'operator' ? 'Members are managed by people who are signed in, not by keys.' : undefined
}

/** The key behind a bearer, for operations that are about a key. */
export function callerOf(bearer: Bearer): Caller {
  if (bearer.caller) return bearer.caller
  if (bearer.role === 'nobody') throw new AppError('invalid_api_key', { message: refusals.missing })
  throw new AppError('not_allowed', { message: 'This tells of an API key: send one. A session has none.' })
}

/** The account that a bearer acts for. */
export function accountIdOf(bearer: Bearer): Uuid {
  const id = knownAccountId(bearer)
  if (id !== undefined) return id
  throw bearer.role === 'nobody' ? new AppError('invalid_api_key', { message: refusals.missing }) : notFound('account')
}

/** The same where there may be none. */
export const knownAccountId = (bearer: Bearer): Uuid | undefined =>
  bearer.caller?.accountId ?? (bearer.session && 'accountId' in bearer.session ? bearer.session.accountId : undefined)

/** Whoever is signed in, for operations that are about a person. */
export function sessionOf(bearer: Bearer): Session {
  if (bearer.session) return bearer.session
  throw new AppError('not_signed_in', { message: 'Nobody is signed in here.' })
}

/** Whether the bearer may do something in an account: who operates the server, everything in those of others. */
export function mayDo(bearer: Bearer, permission: Permission, accountId: Uuid): boolean {
  if (bearer.role !== 'operator' && bearer.role !== 'manager') return false
  const { caller, session } = bearer
  const has = caller
    ? permissionsOfManagementKey(caller.accountKind)
    : permissionsOf(session.memberRole, session.accountKind)
  return has.includes(knownAccountId(bearer) === accountId ? permission : 'operate')
}

/** Refuses what the bearer may not do in an account, and says who may. */
export function requirePermission(bearer: Bearer, permission: Permission, accountId: Uuid): void {
  if (mayDo(bearer, permission, accountId)) return
  throw new AppError('not_allowed', {
    message: `This is for ${rolesWith(permission)} of the account.`,
    metadata: { permission },
  })
}

/** Refuses to hand out a management key to whoever may not do all that its bearer may: no role gets more by way of a key. */
export function requireRightsOfKey(bearer: Bearer, accountId: Uuid): void {
  if (knownAccountId(bearer) !== accountId || !bearer.session || bearer.role === 'person') return
  const wanted = permissionsOfManagementKey(bearer.session.accountKind)
  if (wanted.every((permission) => mayDo(bearer, permission, accountId))) return
  throw new AppError('not_allowed', {
    message: `A management key may do what you may not: it is for ${rolesWith('members')} to make. Make an inference key.`,
    param: 'kind',
  })
}

/** Whether the bearer may see and change what belongs to an account. */
export const mayUse = (bearer: Bearer, accountId: Uuid): boolean =>
  bearer.role === 'operator' || accountIdOf(bearer) === accountId

/** The account a request is about: the named one if the bearer may use it (else 404), the bearer's own if none is named. */
export function accountMeant(bearer: Bearer, accountId: Uuid | undefined): Uuid {
  const meant = accountId ?? accountIdOf(bearer)
  if (!mayUse(bearer, meant)) throw notFound('account')
  return meant
}

/** Like `accountMeant` for lists: the operator who names no account means all of them. */
export const accountsMeant = (bearer: Bearer, accountId: Uuid | undefined): Uuid | undefined =>
  bearer.role === 'operator' ? accountId : accountMeant(bearer, accountId)
