import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import {
  addMember,
  changeRole,
  createAccount,
  findMember,
  listMembers,
  type Member,
  type MemberRole,
  memberRoles,
  removeMember,
  revokeInvitationsBy,
  type RosterChange,
  transferOwnership,
} from '../../accounts/index.ts'
import { type Bearer, requirePermission, sessionOf } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf, deleted, idField, listOf, nameField, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { accountThere } from './account-there.ts'
import { account, accountParams, withBalance } from './accounts.ts'

const tag = 'Members'
const params = z.strictObject({ id: idField, person_id: idField })

export const roleField = z.enum(memberRoles, { error: `must be one of ${memberRoles.join(', ')}` })

export const member = z
  .object({
    account_id: z.string().openapi({ format: 'uuid' }),
    person_id: z.string().openapi({ format: 'uuid' }),
    name: z.string(),
    email: z.string().nullable(),
    role: z.enum(memberRoles),
    since: timeText,
  })
  .openapi('Member')

export const memberInWords = (accountId: Uuid, found: Member): z.input<typeof member> => ({
  account_id: accountId,
  person_id: found.personId,
  name: found.name,
  email: found.email ?? null,
  role: found.role,
  since: found.since.toISOString(),
})

const getMembers = operation({
  id: 'listMembers',
  method: 'get',
  path: '/accounts/{id}/members',
  tag,
  summary: 'List the members of an account, owners first',
  allowed: 'management',
  params: accountParams,
  answer: listOf(member),
  run: async ({ db, bearer, params: { id } }) => {
    const { id: accountId } = await accountThere(db, bearer, id)
    return { data: (await listMembers(db, accountId)).map((each) => memberInWords(accountId, each)) }
  },
})

type Found = { readonly accountId: Uuid; readonly member: Member }

async function memberMeant(db: Db, bearer: Bearer, { id, person_id: personId }: z.output<typeof params>) {
  const { id: accountId } = await accountThere(db, bearer, id)
  const found = await findMember(db, { accountId, personId })
  if (!found) throw notFound('member')
  return { accountId, member: found }
}

const audit = {
  kind: 'member',
  before: ({ accountId, member: found }: Found) => memberInWords(accountId, found),
} as const

const patchMember = operation({
  id: 'changeMember',
  method: 'patch',
  path: '/accounts/{id}/members/{person_id}',
  tag,
  summary: 'Change the role of a member',
  description: 'Only owners make and unmake owners. The last owner stays one.',
  allowed: 'management',
  permission: 'members',
  params,
  body: z.strictObject({ role: roleField }),
  answer: dataOf(member),
  target: ({ db, bearer, params: given }) => memberMeant(db, bearer, given),
  audit,
  run: async ({ api, db, bearer, params: { person_id: personId }, body: { role }, target }) => {
    const { accountId, member: before } = target
    refuseOwners(bearer, accountId, before.role, role)
    const changed = changedOr(await changeRole(db, { accountId, personId }, role))
    if (!mayInvite(role, before.role))
      await revokeInvitationsBy(db, { accountId, personId }, new Date(api.clock.nowMs()))
    return { data: memberInWords(accountId, changed) }
  },
})

const deleteMember = operation({
  id: 'removeMember',
  method: 'delete',
  path: '/accounts/{id}/members/{person_id}',
  tag,
  summary: 'Remove a member, or leave',
  description:
    "Everybody may leave, but for the last owner. The keys that they made stay, for they are the account's; invitations that they sent are revoked.",
  allowed: 'management',
  permission: 'view',
  params,
  answer: deleted,
  target: ({ db, bearer, params: given }) => memberMeant(db, bearer, given),
  audit,
  run: async ({ api, db, bearer, params: { person_id: personId }, target }) => {
    const { accountId, member: before } = target
    if (bearer.session?.person.id !== personId) {
      requirePermission(bearer, 'members', accountId)
      refuseOwners(bearer, accountId, before.role)
    }
    changedOr(await removeMember(db, { accountId, personId }))
    await revokeInvitationsBy(db, { accountId, personId }, new Date(api.clock.nowMs()))
    return { deleted: true as const }
  },
})

const postTransfer = operation({
  id: 'transferOwnership',
  method: 'post',
  path: '/accounts/{id}/transfer-ownership',
  tag,
  summary: 'Make another member the owner in your place; you stay as an admin',
  allowed: 'management',
  permission: 'owner',
  params: accountParams,
  body: z.strictObject({ person_id: idField }),
  answer: dataOf(member),
  target: ({ db, bearer, params: given, body }) => memberMeant(db, bearer, { ...given, ...body }),
  audit,
  run: async ({ db, bearer: { session }, body, target: { accountId } }) => {
    const giver = session && (await findMember(db, { accountId, personId: session.person.id }))
    if (giver?.role !== 'owner')
      throw new AppError('not_allowed', { message: 'Only an owner can step back for another; change roles instead.' })
    const transfer = { accountId, from: giver.personId, to: body.person_id }
    return { data: memberInWords(accountId, changedOr(await transferOwnership(db, transfer))) }
  },
})

const organisationsMax = 20

const postOrganisation = operation({
  id: 'createOrganisation',
  method: 'post',
  path: '/organisations',
  tag,
  summary: 'Make an account to share with others; you are its owner',
  allowed: 'person',
  body: z.strictObject({ name: nameField }),
  answer: dataOf(account),
  status: 201,
  audit: { kind: 'account' },
  run: async ({ api, db, bearer, body: { name } }) => {
    const { person, memberships } = sessionOf(bearer)
    if (memberships.filter(({ role }) => role === 'owner').length >= organisationsMax)
      throw new AppError('conflict', { message: `One person owns at most ${organisationsMax} accounts.` })
    const createdAt = new Date(api.clock.nowMs())
    const created = await createAccount(db, { id: api.makeId(), name, kind: 'customer', createdAt })
    await addMember(db, { accountId: created.id, personId: person.id, role: 'owner', createdAt })
    return { data: await withBalance(db, created) }
  },
})

export const memberOperations: readonly AnyOperation[] = [
  postOrganisation,
  getMembers,
  patchMember,
  deleteMember,
  postTransfer,
]

/** Whoever is no owner can neither make nor unmake one. */
function refuseOwners(bearer: Bearer, accountId: Uuid, ...roles: readonly MemberRole[]): void {
  if (roles.includes('owner')) requirePermission(bearer, 'owner', accountId)
}

const mayInvite = (role: MemberRole, before: MemberRole): boolean =>
  role === before || role === 'owner' || (role === 'admin' && before !== 'owner')

function changedOr(outcome: RosterChange): Member {
  switch (outcome.kind) {
    case 'changed':
      return outcome.member
    case 'unknown':
      throw notFound('member')
    case 'last-owner':
      throw new AppError('conflict', {
        message:
          'This is the last owner. Make another member an owner first; an account that nobody needs can be deleted.',
      })
  }
}
