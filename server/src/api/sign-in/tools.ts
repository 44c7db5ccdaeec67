import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { openSession, sessionMs, type SignInMethod, type SignInTools } from '../../accounts/index.ts'
import type { Browser } from '../browser.ts'
import type { ApiOptions } from '../options.ts'

export const tag = 'Sign-in'

export const toolsOf = ({ secrets, clock, chance, makeId }: ApiOptions, db: Db): SignInTools => ({
  ...{ db, secrets, clock, chance, makeId },
})

/** The answer to whoever is signed in now: the cookie has the session, `GET /api/v1/session` tells the rest. */
export const signedIn = z.object({ signed_in: z.literal(true) })

/** Gives a browser a session of its own making; whatever session it had before ends. */
export async function signIn(
  tools: SignInTools,
  browser: Browser,
  { personId, method }: { readonly personId: Uuid; readonly method: SignInMethod },
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
  return { signed_in: true }
}
