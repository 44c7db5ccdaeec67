import { z } from 'zod'
import { checkUrl } from './guard/index.ts'
import { parseCredits, type NanoUsd } from '../core/money.ts'

/** Who we are at a provider that tells who people are. */
export type OAuthClient = { readonly clientId: string; readonly clientSecret: string }

/** What the environment decides about how people sign in. */
export type SignInSettings = {
  /** Who may become a person here. */
  readonly signUp: 'open' | 'invited' | 'off'
  /** Given once to everybody with a proven mailbox. */
  readonly welcomeCredits: NanoUsd
  /** Nodes that say whether a contract wallet signed, by chain id. */
  readonly chains: ReadonlyMap<number, string>
  readonly github: OAuthClient | undefined
  readonly google: OAuthClient | undefined
  /** `undefined`: codes are not mailed but shown to the operator. */
  readonly mail: { readonly url: string; readonly from: string } | undefined
}

/** `name@host`, or `Name <name@host>`. */
const mailFrom = /^(?:[^<>\r\n"]+ )?<?[^\s<>@]+@[^\s<>@]+>?$/

/** `1=https://a.example,8453=https://b.example` */
function readChains(text: string, context: z.RefinementCtx): ReadonlyMap<number, string> {
  const chains = new Map<number, string>()
  for (const part of text.split(',').map((each) => each.trim())) {
    const [, id = '', url = ''] = /^([1-9]\d{0,14})=(.+)$/.exec(part) ?? []
    const checked = checkUrl(url, { allowPrivate: true })
    if (id === '') context.addIssue({ code: 'custom', message: 'must be chain=url, with commas between' })
    else if (checked.kind === 'refused') context.addIssue({ code: 'custom', message: `of chain ${id}: ${checked.why}` })
    else chains.set(Number(id), checked.url)
  }
  return chains
}

export const signInFields = {
  REDPILL_GITHUB_CLIENT_ID: z.string().optional(),
  REDPILL_GITHUB_CLIENT_SECRET: z.string().optional(),
  REDPILL_GOOGLE_CLIENT_ID: z.string().optional(),
  REDPILL_GOOGLE_CLIENT_SECRET: z.string().optional(),
  REDPILL_SIGN_IN_RPC_URLS: z.string().transform(readChains).optional(),
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
  const pairs = [
    ['REDPILL_MAIL_FROM', 'REDPILL_SMTP_URL'],
    ['REDPILL_GITHUB_CLIENT_SECRET', 'REDPILL_GITHUB_CLIENT_ID'],
    ['REDPILL_GITHUB_CLIENT_ID', 'REDPILL_GITHUB_CLIENT_SECRET'],
    ['REDPILL_GOOGLE_CLIENT_SECRET', 'REDPILL_GOOGLE_CLIENT_ID'],
    ['REDPILL_GOOGLE_CLIENT_ID', 'REDPILL_GOOGLE_CLIENT_SECRET'],
  ] as const
  return pairs
    .filter(([missing, given]) => fields[given] !== undefined && fields[missing] === undefined)
    .map(([missing, given]) => `${missing} must be set where ${given} is`)
}

const clientOf = (clientId: string | undefined, clientSecret: string | undefined): OAuthClient | undefined =>
  clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret }

export const arrangeSignIn = (fields: Fields): SignInSettings => {
  const { REDPILL_SMTP_URL: url, REDPILL_MAIL_FROM: from } = fields
  return {
    signUp: fields.REDPILL_SIGN_UP,
    github: clientOf(fields.REDPILL_GITHUB_CLIENT_ID, fields.REDPILL_GITHUB_CLIENT_SECRET),
    google: clientOf(fields.REDPILL_GOOGLE_CLIENT_ID, fields.REDPILL_GOOGLE_CLIENT_SECRET),
    chains: fields.REDPILL_SIGN_IN_RPC_URLS ?? new Map(),
    welcomeCredits: fields.REDPILL_WELCOME_CREDITS ?? (0n as NanoUsd),
    mail: url === undefined || from === undefined ? undefined : { url, from },
  }
}
