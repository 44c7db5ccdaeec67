import type { AccountKind } from './types.ts'

/** What a member is in an account; the strongest first. */
export const memberRoles = ['owner', 'admin', 'developer', 'billing', 'viewer'] as const
export type MemberRole = (typeof memberRoles)[number]

/**
 * What a member may do: `view` everything that is no secret; `keys`: API keys, own keys at providers, webhooks; `billing`:
 * top-ups and alerts; `members`: members, invitations and the account's name; `owner`: delete the account, make and
 * unmake owners; `operate`: what only the operator may.
 */
export const permissions = ['view', 'keys', 'billing', 'members', 'owner', 'operate'] as const
export type Permission = (typeof permissions)[number]

const permissionsOfRole: Readonly<Record<MemberRole, readonly Permission[]>> = {
  owner: ['view', 'keys', 'billing', 'members', 'owner'],
  admin: ['view', 'keys', 'billing', 'members'],
  developer: ['view', 'keys'],
  billing: ['view', 'billing'],
  viewer: ['view'],
}

/** What a role is allowed in an account; owners and admins of the operator's account operate the server. */
export function permissionsOf(role: MemberRole, kind: AccountKind): readonly Permission[] {
  const own = permissionsOfRole[role]
  return kind === 'operator' && own.includes('members') ? [...own, 'operate'] : own
}

/** What whoever bears a management key may do: so much must a person be allowed who makes one. */
export const permissionsOfManagementKey = (kind: AccountKind): readonly Permission[] =>
  kind === 'operator' ? ['view', 'keys', 'billing', 'members', 'operate'] : ['view', 'keys', 'billing']

const orList = new Intl.ListFormat('en-GB', { type: 'disjunction' })

/** Who has a permission, in words: `an owner or admin`. */
export function rolesWith(permission: Permission): string {
  const kind: AccountKind = permission === 'operate' ? 'operator' : 'customer'
  return `an ${orList.format(memberRoles.filter((role) => permissionsOf(role, kind).includes(permission)))}`
}
