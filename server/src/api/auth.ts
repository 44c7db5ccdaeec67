import { AppError } from '../core/errors.ts'
import type { Uuid } from '../core/ids.ts'
import { type Authenticate, type Authenticated, type Caller, mayCallFrom } from '../accounts/index.ts'
import type { Allowed } from './operation.ts'
import { notFound } from './faults.ts'

/**
 * What a key may do here. `operator`: everything; `manager`: a customer's management key, for its own account;
 * `caller`: an inference key, which sees itself and its account; `nobody`: no key was needed and none given.
 */
export type Bearer =
  | { readonly role: 'operator' | 'manager' | 'caller'; readonly caller: Caller }
  | { readonly role: 'nobody'; readonly caller?: undefined }

/** Finds who bears a secret and whether they may ask; throws 401 or 403. What anyone may ask needs no key at all. */
export async function admit(
  authenticate: Authenticate,
  { secret, address }: { readonly secret: string | undefined; readonly address: string | undefined },
  allowed: Allowed,
): Promise<Bearer> {
  if (allowed === 'anyone' || (allowed === 'anyone-known' && secret === undefined)) return { role: 'nobody' }
  const found = await authenticate(secret, address)
  if (found.kind === 'slow-down') throw slowDown(found.retryAfterSeconds)
  if (found.kind === 'refused') throw new AppError('invalid_api_key', { message: refusals[found.reason] })
  if (!mayCallFrom(found.caller.key.policy, address))
    throw new AppError('not_allowed', { message: `This key may not be used from ${address ?? 'here'}.` })
  const bearer = { role: roleOf(found.caller), caller: found.caller } as const
  const refusal = refusalOf(bearer.role, allowed)
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

function refusalOf(role: 'operator' | 'manager' | 'caller', allowed: Exclude<Allowed, 'anyone'>): string | undefined {
  switch (allowed) {
    case 'anyone-known':
    case 'key':
      return undefined
    case 'management':
      return role === 'caller' ? 'This needs a management key (sk-rpm-...).' : undefined
    case 'operator':
      return role === 'operator' ? undefined : "This needs a management key of the operator's account."
  }
}

/** The caller behind a bearer, for operations that need a key. */
export function callerOf(bearer: Bearer): Caller {
  if (bearer.role === 'nobody') throw new AppError('invalid_api_key', { message: refusals.missing })
  return bearer.caller
}

/** Whether the bearer may see and change what belongs to an account. */
export const mayUse = (bearer: Bearer, accountId: Uuid): boolean =>
  bearer.role === 'operator' || callerOf(bearer).accountId === accountId

/** The account a request is about: the named one if the bearer may use it (else 404), the bearer's own if none is named. */
export function accountMeant(bearer: Bearer, accountId: Uuid | undefined): Uuid {
  const meant = accountId ?? callerOf(bearer).accountId
  if (!mayUse(bearer, meant)) throw notFound('account')
  return meant
}

/** Like `accountMeant` for lists: the operator who names no account means all of them. */
export const accountsMeant = (bearer: Bearer, accountId: Uuid | undefined): Uuid | undefined =>
  bearer.role === 'operator' ? accountId : accountMeant(bearer, accountId)
