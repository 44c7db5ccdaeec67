import { AppError } from '../core/errors.ts'
import { isUuid, type Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import {
  findSession,
  isCsrfToken,
  type Membership,
  type Permission,
  permissionsOf,
  rolesWith,
  type Session,
} from '../accounts/index.ts'
import type { Acting, Bearer, Wanted } from './auth.ts'
import { type Browser, foreignHost, requireOwnPage } from './browser.ts'
import { notFound } from './faults.ts'
import type { ApiOptions } from './options.ts'

export type SessionRequest = {
  readonly browser: Browser
  /** Whether the request can change nothing, by its method. */
  readonly reads: boolean
  readonly csrfToken: string | undefined
  /** The account named by the header `x-redpill-account`. */
  readonly account: string | undefined
  /** The account that the query or path is about; acted for where the first account is not the operator's. */
  readonly queried: string | undefined
}

/** Finds who is signed in and whether they may ask; throws 401, 403 or 404. `undefined`: nobody, and nobody is needed. */
export async function admitSession(
  api: Pick<ApiOptions, 'secrets' | 'clock'> & { readonly db: Db },
  request: SessionRequest,
  wanted: Wanted,
): Promise<Bearer | undefined> {
  const { browser } = request
  const isOptional = wanted.allowed === 'anyone-known'
  const token = browser.cookie('session')
  if (browser.origin === undefined || token === undefined) {
    if (isOptional || wanted.allowed !== 'person') return undefined
    throw notSignedIn(browser.origin === undefined ? foreignHost : 'Nobody is signed in here.')
  }
  if (isOptional && browser.foreign !== undefined) return undefined
  requireOwnPage(browser)
  const session = await findSession(api, token, browser.address)
  if (!session) {
    if (isOptional) return undefined
    throw notSignedIn('The session has ended. Sign in again.')
  }
  if (!request.reads && !isCsrfToken(api.secrets, token, request.csrfToken))
    throw new AppError('not_allowed', {
      message: 'Send the header x-csrf-token, as told by GET /api/v1/session.',
      metadata: { reason: 'csrf' },
    })
  const bearer = bearerOf(session, request)
  refuse(bearer, wanted)
  return bearer
}

const notSignedIn = (message: string) => new AppError('not_signed_in', { message })

/**
 * The operator's account comes first and reaches every account: its owners and admins in all things, its other members to
 * look. Whoever has none acts for the account they ask about.
 */
function bearerOf(session: Session, { account, queried, reads }: SessionRequest): Bearer {
  const { memberships } = session
  const named = account === undefined ? undefined : membershipOf(memberships, account)
  if (account !== undefined && !named) throw notFound('account')
  const [first] = memberships
  const asked = first && !isOperator(first) && queried !== undefined ? membershipOf(memberships, queried) : undefined
  const membership = named ?? asked ?? first
  if (!membership) return { role: 'person', session }
  const { accountId, accountKind, role: memberRole } = membership
  const asOperator = isOperator(membership) || (reads && accountKind === 'operator')
  return {
    role: asOperator ? 'operator' : 'manager',
    session: { ...session, accountId, accountKind, memberRole },
  }
}

const membershipOf = (memberships: readonly Membership[], id: Uuid): Membership | undefined =>
  isUuid(id) ? memberships.find(({ accountId }) => accountId === id) : undefined

const isOperator = ({ role, accountKind }: Membership): boolean => permissionsOf(role, accountKind).includes('operate')

function refuse(bearer: Bearer, { allowed, permission }: Wanted): void {
  if (allowed === 'anyone-known' || allowed === 'person') return
  if (bearer.role === 'person' || !bearer.session) throw notFound('account')
  const { session } = bearer as { session: Acting }
  const has = permissionsOf(session.memberRole, session.accountKind)
  const isElsewhere = allowed === 'operator' && session.accountKind !== 'operator'
  const needed = isElsewhere ? 'operate' : permission
  if (needed === undefined || (has.includes(needed) && !isElsewhere)) return
  throw new AppError('not_allowed', {
    message: sentenceOf(needed, session.memberRole),
    metadata: { permission: needed, role: session.memberRole },
  })
}

const sentenceOf = (permission: Permission, role: string): string =>
  permission === 'operate'
    ? `This is for ${rolesWith('operate')} of the operator's account.`
    : `This is for ${rolesWith(permission)} of the account; you are ${role}.`
