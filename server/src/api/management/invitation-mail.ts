import type { Mail } from '../../platform/mail.ts'
import type { Invitation } from '../../accounts/index.ts'

/** Asks somebody to join an account. What people wrote stands on lines of its own, so that it cannot pass for ours. */
export const invitationMail = ({ email, accountName, inviter, role }: Invitation, link: string): Mail => ({
  to: email,
  subject: 'You are invited to an account on RedPill',
  text: [
    `${inviter ?? 'The operator'} invites you as ${role} to the account`,
    '',
    `  ${accountName}`,
    '',
    'Open this within 7 days, and sign in or sign up there. It works once:',
    '',
    link,
    '',
    'If you do not know who that is, do nothing.',
    '',
  ].join('\n'),
})
