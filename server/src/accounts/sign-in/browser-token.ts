import { hashToken, makeToken } from './tokens.ts'
import type { SignInTools } from './types.ts'

const shape = /^[\w-]{43}$/

/** What a browser is known by between the question and the answer: the token that it has, or a new one. */
export const browserToken = ({ chance }: Pick<SignInTools, 'chance'>, had: string | undefined): string =>
  had !== undefined && shape.test(had) ? had : makeToken(chance)

export const hashBrowser = ({ secrets }: Pick<SignInTools, 'secrets'>, token: string): Buffer =>
  hashToken(secrets, 'browser', token)
