import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { AppError } from '../../core/errors.ts'
import { inTransaction } from '../../platform/transaction.ts'
import {
  type BoundName,
  type KnownProof,
  browserToken,
  enter,
  mayCome,
  openSession,
  type Proof,
  type Session,
  sessionMs,
  type SignInMethod,
  type SignInTools,
  type SignUp,
  tooManyFrom,
} from '../../accounts/index.ts'
import { type Bearer, sessionOf } from '../auth.ts'
import type { Browser } from '../browser.ts'
import type { ApiOptions } from '../options.ts'

export const tag = 'Sign-in'

export const toolsOf = ({ secrets, clock, chance, makeId }: ApiOptions, db: Db): SignInTools => ({
  ...{ db, secrets, clock, chance, makeId },
})

/** The answer to whoever is signed in now: the cookie has the session, `GET /api/v1/session` tells the rest. */
export const signedIn = z
  .object({ signed_in: z.literal(true), is_new: z.boolean().openapi({ description: 'Whether this is somebody new.' }) })
  .openapi('SignedIn')

/** Gives a browser a session of its own making; whatever session it had before ends. */
export async function signIn(
  tools: SignInTools,
  browser: Browser,
  {
    personId,
    method,
    isNew = false,
  }: { readonly personId: Uuid; readonly method: SignInMethod; readonly isNew?: boolean },
): Promise<z.input<typeof signedIn>> {
  const { device, address, requestId } = browser
  const token = await openSession(tools, personId, {
    method,
    device,
    address,
    requestId,
    token: browser.cookie('session'),
  })
  browser.setCookie('session', token, sessionMs / 1_000)
  return { signed_in: true, is_new: isNew }
}

type Arrival = {
  readonly db: Db
  readonly browser: Browser
  readonly proof: Proof | KnownProof
  readonly invitation?: string | undefined
}

/** Lets in whoever proved something: the session is made in the transaction that finds them or makes them. */
export function letIn(api: ApiOptions, { db, browser, proof, invitation }: Arrival): Promise<z.input<typeof signedIn>> {
  return inTransaction(db, async (tx) => {
    const tools = toolsOf(api, tx)
    const entered = await enter(tools, proof, { rules: api.signIn.rules, invitation })
    if (entered.kind === 'closed') throw closed(api.signIn.rules.signUp)
    const isNew = entered.kind === 'new'
    if (isNew) await countFrom(tools, browser, 'signUp')
    return signIn(tools, browser, { personId: entered.personId, method: proof.kind, isNew })
  })
}

/** Says before anything is made that somebody new would not be let in. */
export async function refuseUninvited(
  tools: SignInTools,
  { signIn: { rules } }: ApiOptions,
  invitation: string | undefined,
): Promise<void> {
  if (!(await mayCome(tools, { rules, invitation }))) throw closed(rules.signUp)
}

const closed = (signUp: SignUp) =>
  new AppError('not_allowed', {
    message:
      signUp === 'off'
        ? 'Nobody has this sign-in here, and new people are not let in.'
        : 'Nobody has this sign-in here, and new people need an invitation.',
    metadata: { reason: 'sign_up_closed' },
  })

/** The token of the browser that begins a sign-in; it must come back with the answer. */
export function beginIn(tools: SignInTools, browser: Browser): string {
  const token = browserToken(tools, browser.cookie('challenge'))
  browser.setCookie('challenge', token, challengeSeconds)
  return token
}

const challengeSeconds = 15 * 60

/** Counts what an address does, and refuses what is too much. */
export async function countFrom(tools: SignInTools, browser: Browser, name: BoundName): Promise<void> {
  refuseFor(await tooManyFrom(tools, name, browser.address))
}

export function refuseFor(seconds: number | undefined): void {
  if (seconds === undefined) return
  throw new AppError('rate_limit_exceeded', {
    message: 'Too many tries. Wait a while, then try again.',
    metadata: { limit: 'sign_in' },
    retryAfterSeconds: seconds,
  })
}

const wrong = {
  code: 'This code is wrong or too old, or it was asked for in another browser. Ask for a new one.',
  passkey: 'This passkey was not accepted. Try again.',
  wallet: 'This signature was not accepted. Ask for a new message, and sign that.',
} as const

/** One answer to every wrong one: it tells nothing of what exists. */
export const wrongAnswer = (to: keyof typeof wrong): AppError =>
  new AppError('not_allowed', { message: wrong[to], metadata: { reason: `wrong_${to}` } })

const freshMs = 3_600_000

/** Whoever changes how somebody signs in must have signed in within the hour: a browser left open is not enough. */
export function freshSession({ clock }: Pick<ApiOptions, 'clock'>, bearer: Bearer): Session {
  const session = sessionOf(bearer)
  if (clock.nowMs() - session.signedInAt.getTime() < freshMs) return session
  throw new AppError('not_allowed', {
    message: 'Sign in again first: this changes how you get in, and you signed in more than an hour ago.',
    metadata: { reason: 'sign_in_again' },
  })
}
