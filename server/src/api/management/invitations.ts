import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import {
  acceptInvitation,
  findInvitation,
  type Invitation,
  invitationOfToken,
  invite,
  listInvitations,
  mailboxOf,
  memberRoles,
  openInvitationsMax,
  revokeInvitation,
  tooMany,
} from '../../accounts/index.ts'
import { maskedEmail } from '../audit/fields.ts'
import { requirePermission, sessionOf } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf, deleted, idField, listOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { refuseFor } from '../sign-in/tools.ts'
import { invitationMail } from './invitation-mail.ts'
import { accountThere } from './account-there.ts'
import { accountParams } from './accounts.ts'
import { member, memberInWords, roleField } from './members.ts'

const tag = 'Members'

const invitation = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    account_id: z.string().openapi({ format: 'uuid' }),
    email: z.string(),
    role: z.enum(memberRoles),
    invited_by: z.string().nullable().openapi({ description: 'The name of the person; null: a key of the operator.' }),
    created_at: timeText,
    expires_at: timeText,
    expired: z.boolean(),
  })
  .openapi('Invitation')

const inWords = (found: Invitation, nowMs: number): z.input<typeof invitation> => ({
  id: found.id,
  account_id: found.accountId,
  email: found.email,
  role: found.role,
  invited_by: found.inviter ?? null,
  created_at: found.createdAt.toISOString(),
  expires_at: found.expiresAt.toISOString(),
  expired: found.expiresAt.getTime() <= nowMs,
})

const emailField = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, { error: 'at most 254 characters' })
  .pipe(z.email({ error: 'must be an e-mail address' }))
  .openapi({ type: 'string', format: 'email' })

const tokenField = z
  .string()
  .min(1)
  .max(200)
  .openapi({ description: "What stands behind the `#` of an invitation's link." })

const postInvitation = operation({
  id: 'invite',
  method: 'post',
  path: '/accounts/{id}/invitations',
  tag,
  summary: 'Invite somebody into an account',
  description:
    'The link is in this answer and, where the operator has set up mail, in a mail to that address; it is stored nowhere ' +
    'else. Whoever opens it within 7 days and signs in is a member, once. It takes the place of an open invitation to the ' +
    'same address. Only owners invite owners.',
  allowed: 'management',
  permission: 'members',
  params: accountParams,
  body: z.strictObject({ email: emailField, role: roleField }),
  answer: z.object({
    link: z.string().openapi({ example: 'https://redpill.example/join#...' }),
    mailed: z.boolean().openapi({ description: 'Whether the link is on its way by mail.' }),
    data: invitation,
  }),
  status: 201,
  audit: { kind: 'invitation' },
  run: async ({ api, db, bearer, browser, params: { id }, body: { email, role } }) => {
    const account = await accountThere(db, bearer, id)
    if (role === 'owner') requirePermission(bearer, 'owner', account.id)
    const origin = api.publicUrl ?? browser.origin
    if (origin === undefined) throw new AppError('conflict', { message: noAddress })
    const { mailer, onMailFault } = api.signIn
    if (mailer) refuseFor(await tooMany({ ...api, db }, 'mailbox', mailboxOf(email)))
    const invitedBy = bearer.session?.person.id
    const invited = await invite(db, { accountId: account.id, email, role, invitedBy }, api)
    if (invited.kind === 'too-many')
      throw new AppError('conflict', { message: `An account has at most ${openInvitationsMax} open invitations.` })
    const link = `${origin}/join#${invited.token}`
    mailer?.send(invitationMail(invited.invitation, link)).catch(onMailFault)
    return { link, mailed: mailer !== undefined, data: inWords(invited.invitation, api.clock.nowMs()) }
  },
})

const noAddress =
  'Nobody knows the address under which people open this server: the operator sets it as REDPILL_PUBLIC_URL.'

const getInvitations = operation({
  id: 'listInvitations',
  method: 'get',
  path: '/accounts/{id}/invitations',
  tag,
  summary: 'List the invitations that are open, newest first',
  allowed: 'management',
  params: accountParams,
  answer: listOf(invitation),
  run: async ({ api, db, bearer, params: { id } }) => {
    const { id: accountId } = await accountThere(db, bearer, id)
    const open = await listInvitations(db, accountId)
    return { data: open.map((each) => inWords(each, api.clock.nowMs())) }
  },
})

const deleteInvitation = operation({
  id: 'revokeInvitation',
  method: 'delete',
  path: '/accounts/{id}/invitations/{invitation_id}',
  tag,
  summary: 'Take an invitation back: its link leads nowhere any more',
  allowed: 'management',
  permission: 'members',
  params: z.strictObject({ id: idField, invitation_id: idField }),
  answer: deleted,
  target: async ({ db, bearer, params: { id, invitation_id: invitationId } }) => {
    const { id: accountId } = await accountThere(db, bearer, id)
    const found = await findInvitation(db, invitationId)
    if (found?.accountId !== accountId) throw notFound('invitation')
    return found
  },
  audit: { kind: 'invitation', before: (found: Invitation) => inWords(found, 0) },
  run: async ({ api, db, target }) => {
    if (!(await revokeInvitation(db, target.id, new Date(api.clock.nowMs())))) throw notFound('invitation')
    return { deleted: true as const }
  },
})

const ended = () =>
  new AppError('not_found', {
    message: 'This invitation was used, taken back, or is older than 7 days. Ask for a new one.',
    param: 'token',
  })

const postPreview = operation({
  id: 'previewInvitation',
  method: 'post',
  path: '/invitations/preview',
  tag,
  summary: 'See what an invitation leads to, before anybody signs in',
  allowed: 'anyone',
  readsOnly: true,
  body: z.strictObject({ token: tokenField }),
  answer: dataOf(
    z.object({
      account_name: z.string(),
      role: z.enum(memberRoles),
      invited_by: z.string().nullable(),
      email: z.string().openapi({ description: 'Whom it was sent to; masked.', example: 'a...@example.com' }),
      expires_at: timeText,
    }),
  ),
  run: async ({ api, db, body: { token } }) => {
    const found = await invitationOfToken(db, token, api)
    if (!found) throw ended()
    const { accountName, role, inviter, email, expiresAt } = found
    return {
      data: {
        account_name: accountName,
        role,
        invited_by: inviter ?? null,
        email: maskedEmail(email),
        expires_at: expiresAt.toISOString(),
      },
    }
  },
})

const postAcceptance = operation({
  id: 'acceptInvitation',
  method: 'post',
  path: '/invitations/accept',
  tag,
  summary: 'Join the account of an invitation',
  allowed: 'person',
  body: z.strictObject({ token: tokenField }),
  answer: dataOf(member),
  audit: { kind: 'member' },
  run: async ({ api, db, bearer, body: { token } }) => {
    const accepted = await acceptInvitation(db, { token, personId: sessionOf(bearer).person.id }, api)
    switch (accepted.kind) {
      case 'accepted':
        return { data: memberInWords(accepted.invitation.accountId, accepted.member) }
      case 'unknown':
        throw ended()
      case 'member-already':
        throw new AppError('conflict', { message: `You are a member of ${accepted.invitation.accountName} already.` })
    }
  },
})

export const invitationOperations: readonly AnyOperation[] = [
  postInvitation,
  getInvitations,
  deleteInvitation,
  postPreview,
  postAcceptance,
]
