import { z } from 'zod'
import { parseCredits, type NanoUsd } from '../core/money.ts'

/** What the environment decides about how people sign in. */
export type SignInSettings = {
  /** Who may become a person here. */
  readonly signUp: 'open' | 'invited' | 'off'
  /** Given once to everybody with a proven mailbox. */
  readonly welcomeCredits: NanoUsd
  /** `undefined`: codes are not mailed but shown to the operator. */
  readonly mail: { readonly url: string; readonly from: string } | undefined
}

/** `name@host`, or `Name <name@host>`. */
const mailFrom = /^(?:[^<>\r\n"]+ )?<?[^\s<>@]+@[^\s<>@]+>?$/

export const signInFields = {
  REDPILL_SIGN_UP: z.enum(['open', 'invited', 'off'], { error: 'must be open, invited or off' }).default('open'),
  REDPILL_WELCOME_CREDITS: z
    .string()
    .transform((text) => parseCredits(text))
    .refine((amount) => amount !== undefined && amount >= 0n, 'must be credits such as 1000')
    .transform((amount) => amount!)
    .optional(),
  REDPILL_SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
    .refine((text) => URL.canParse(text), 'must be a URL such as smtp://user:password@mail.example:587')
    .optional(),
  REDPILL_MAIL_FROM: z.string().regex(mailFrom, 'must be an address such as RedPill <redpill@mail.example>').optional(),
}

type Fields = z.output<z.ZodObject<typeof signInFields>>

/** What does not go together. */
export function signInProblems(fields: Fields): readonly string[] {
  const { REDPILL_SMTP_URL: url, REDPILL_MAIL_FROM: from } = fields
  if (url !== undefined && from === undefined) return ['REDPILL_MAIL_FROM must be set where REDPILL_SMTP_URL is']
  return []
}

export const arrangeSignIn = (fields: Fields): SignInSettings => {
  const { REDPILL_SMTP_URL: url, REDPILL_MAIL_FROM: from } = fields
  return {
    signUp: fields.REDPILL_SIGN_UP,
    welcomeCredits: fields.REDPILL_WELCOME_CREDITS ?? (0n as NanoUsd),
    mail: url === undefined || from === undefined ? undefined : { url, from },
  }
}
