import type { Mail } from '../../platform/mail.ts'
import type { SignInOptions } from '../options.ts'

export type ToldCode = {
  readonly email: string
  readonly code: string
  readonly origin: string
  readonly device: string
  readonly address: string | undefined
  /** Whether the mailbox becomes a way in of whoever asked, who is signed in. */
  readonly links?: boolean
}

/** Sends a code to its mailbox, or shows it to the operator where there is no mail server. Nobody waits for it. */
export function tellCode({ mailer, onCode, onMailFault }: SignInOptions, told: ToldCode): void {
  if (mailer) mailer.send(codeMail(told)).catch(onMailFault)
  else onCode({ email: told.email, code: told.code })
}

const codeMail = ({ email, code, origin, device, address, links = false }: ToldCode): Mail => ({
  to: email,
  subject: 'Your RedPill code',
  text: [
    code,
    '',
    links
      ? `makes this address a way in to an account at ${origin}. The code is good for ten minutes.`
      : `is your code for ${origin}. It is good for ten minutes, in the browser where it was asked for.`,
    '',
    `Asked for by: ${plain(device) || 'a browser that does not say what it is'}`,
    ...(address === undefined ? [] : [`From: ${address}`]),
    '',
    'If that was not you, do nothing: without the code nobody gets in. Never tell it to anybody.',
    '',
  ].join('\n'),
})

/** Tells a mailbox that it is no way in any more. */
export const replacedMail = (
  replaced: string,
  { email, origin }: { readonly email: string; readonly origin: string },
): Mail => ({
  to: replaced,
  subject: 'Your RedPill address was changed',
  text: [
    `You sign in to ${origin} as ${email} from now on; this address is no way in any more.`,
    '',
    'If that was not you, somebody is signed in as you: sign in by another way, and end all sessions.',
    '',
  ].join('\n'),
})

/** What a browser says of itself may be anything. */
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '').slice(0, 120)
