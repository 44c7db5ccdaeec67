import { github, google } from '../accounts/index.ts'
import type { SignInOptions } from '../api/index.ts'
import type { Config } from '../platform/config.ts'
import type { Log } from '../platform/log.ts'
import type { Mailer } from '../platform/mail.ts'

export type SignInEdges = {
  readonly mailer: Mailer | undefined
  readonly log: Log
  readonly warn: (message: string, error: unknown) => void
}

/** How people sign in, as the operator has set it. */
export const signInOf = ({ signIn }: Pick<Config, 'signIn'>, { mailer, log, warn }: SignInEdges): SignInOptions => ({
  rules: { signUp: signIn.signUp, welcomeCredits: signIn.welcomeCredits },
  chains: signIn.chains,
  oauth: {
    ...(signIn.github && { github: github(signIn.github) }),
    ...(signIn.google && { google: google(signIn.google) }),
  },
  onOAuthFault: ({ provider, why }) => log.warn('a sign-in by another site failed', { provider, why }),
  mailer,
  onCode: ({ email, code }) => log.warn('a code to sign in; set REDPILL_SMTP_URL to have it mailed', { email, code }),
  onMailFault: (error) => warn('a mail was not taken', error),
})
