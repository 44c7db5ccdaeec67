import type { Chance } from '../../core/clock.ts'
import type { Secrets } from '../../platform/secrets.ts'

const tokenBytes = 32

/** 256 random bits as text that fits into a URL and a cookie. */
export const makeToken = (chance: Chance): string => Buffer.from(chance.bytes(tokenBytes)).toString('base64url')

export type TokenUse =
  | 'session'
  | 'csrf'
  | 'browser'
  | 'link'
  | 'email'
  | 'passkey'
  | 'wallet'
  | 'oauth'
  | 'tries'
  | 'mailbox'
  | 'invitation'

/** What is stored of a token: a keyed hash that says what the token is for, so that one never passes for another. */
export const hashToken = ({ hmac }: Pick<Secrets, 'hmac'>, use: TokenUse, token: string): Buffer =>
  hmac(`${use}\n${token}`)
