import type { Uuid } from '../../core/ids.ts'
import { hashBrowser } from './browser-token.ts'
import { type ChallengeKind, insertChallenge, takeChallengeBySecret } from './store/challenges.ts'
import { hashToken, type TokenUse } from './tokens.ts'
import type { SignInTools } from './types.ts'

/** A question that is answered by showing its secret again: a nonce, a challenge, a state. */
export type Question = {
  readonly kind: Extract<ChallengeKind, 'passkey' | 'passkey-new' | 'wallet' | 'oauth'>
  readonly secret: string
  /** The browser that asks: only it may answer. */
  readonly browser: string
  /** Who gets a way in by the answer; absent: whoever is found signs in. */
  readonly personId?: Uuid | undefined
}

const questionMs = 10 * 60_000

/** Remembers a question for ten minutes, with what else has to be known when it is answered. */
export async function ask(tools: SignInTools, question: Question, kept: object = {}): Promise<void> {
  const { db, secrets, clock, makeId } = tools
  const { kind, secret, browser, personId } = question
  const now = new Date(clock.nowMs())
  await insertChallenge(db, {
    ...{ id: makeId(), kind, secret_hmac: hashToken(secrets, useOf[kind], secret) },
    ...{ browser_hmac: hashBrowser(tools, browser), person_id: personId ?? null, subject: null },
    ...{ sealed: secrets.seal(JSON.stringify(kept)), tries: 0 },
    ...{ created_at: now, expires_at: new Date(now.getTime() + questionMs) },
  })
}

type Answer = Omit<Question, 'browser' | 'personId'> & {
  readonly browser: string | undefined
  readonly personId?: Uuid | undefined
  /** Whoever gets a way in by it, if anybody does: what is kept says who. */
  readonly whoever?: boolean
}

/** Takes a question away and gives what was kept with it; `undefined` when it was not asked, or not of this browser. */
export async function answered<Kept>(
  tools: SignInTools,
  { kind, secret, browser, personId, whoever = false }: Answer,
): Promise<Kept | undefined> {
  const { db, secrets, clock } = tools
  if (browser === undefined) return undefined
  const taken = await takeChallengeBySecret(db, {
    ...{ kind, secretHmac: hashToken(secrets, useOf[kind], secret) },
    ...{
      browserHmac: hashBrowser(tools, browser),
      ...(!whoever && { personId: personId ?? null }),
      now: new Date(clock.nowMs()),
    },
  })
  return taken && (JSON.parse(secrets.open(taken.sealed ?? '')) as Kept)
}

const useOf: Readonly<Record<Question['kind'], TokenUse>> = {
  passkey: 'passkey',
  'passkey-new': 'passkey',
  wallet: 'wallet',
  oauth: 'oauth',
}
