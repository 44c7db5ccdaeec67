import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import {
  askProvider,
  findSession,
  judgeCodeOf,
  linkIdentity,
  type OAuthKept,
  oauthNames,
  type OAuthProvider,
  type Proof,
  takeState,
} from '../../accounts/index.ts'
import { type Browser, requireOwnPage } from '../browser.ts'
import { notFound } from '../faults.ts'
import { dataOf } from '../fields.ts'
import { type AnyOperation, operation, redirectAnswer } from '../operation.ts'
import type { ApiOptions } from '../options.ts'
import { invitationField } from './fields.ts'
import { beginIn, countFrom, freshSession, letIn, tag, toolsOf } from './tools.ts'

const params = z.strictObject({ provider: z.enum(oauthNames) })

/** A path of ours and nothing else: who signs in must not be sent to another site. */
const nextField = z
  .string()
  .max(2_000)
  .refine((text) => /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(text), { error: 'must be a path of this site' })
  .optional()
  .openapi({ description: 'Where to go afterwards.', example: '/keys' })

const beginOAuth = operation({
  id: 'beginOAuthSignIn',
  method: 'get',
  path: '/sign-in/oauth/{provider}',
  tag,
  summary: 'Go to GitHub or Google to sign in',
  allowed: 'anyone',
  params,
  query: z.strictObject({ next: nextField, invitation: invitationField }),
  answer: redirectAnswer,
  status: 302,
  run: async ({ api, db, browser, params: { provider: name }, query }) => {
    const origin = requireOwnPage(browser)
    const provider = providerOf(api, name)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    const kept = { name, next: query.next ?? '/', invitation: query.invitation }
    return { location: await askProvider(tools, { ...kept, provider, origin, browser: beginIn(tools, browser) }) }
  },
})

const beginOAuthLink = operation({
  id: 'beginOAuthLink',
  method: 'post',
  path: '/identities/oauth/{provider}',
  tag,
  summary: 'Ask where to go to make an account at GitHub or Google a way in of yours',
  allowed: 'person',
  unrepeatable: true,
  params,
  body: z.strictObject({ next: nextField }),
  answer: dataOf(z.object({ url: z.string() }).openapi('OAuthLink')),
  audit: 'nothing',
  run: async ({ api, db, browser, bearer, params: { provider: name }, body }) => {
    const origin = requireOwnPage(browser)
    const provider = providerOf(api, name)
    const { person } = freshSession(api, bearer)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    const kept = { name, next: body.next ?? '/', personId: person.id }
    return { data: { url: await askProvider(tools, { ...kept, provider, origin, browser: beginIn(tools, browser) }) } }
  },
})

const endOAuth = operation({
  id: 'endOAuthSignIn',
  method: 'get',
  path: '/sign-in/oauth/{provider}/callback',
  tag,
  summary: 'Come back from GitHub or Google',
  description: 'Leads on to where the person wanted to go, or to `/sign-in?error=...`.',
  allowed: 'anyone',
  params,
  // Providers send more than the standard names.
  query: z.looseObject({ code: z.string().max(4_000).optional(), state: z.string().max(200).optional() }),
  answer: redirectAnswer,
  status: 302,
  run: async ({ api, db, browser, params: { provider: name }, query: { code, state } }) => {
    // Another site sent the browser here, so that is no reason to refuse; the state is what says that we asked.
    const { origin } = browser
    const provider = providerOf(api, name)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const asked = { name, state: state ?? '', browser: browser.cookie('challenge') }
    const kept = origin === undefined ? undefined : await takeState(tools, asked)
    if (!kept || origin === undefined) return refusal('expired', '/')
    if (code === undefined) return refusal('cancelled', kept.next)
    const judged = await judgeCodeOf(provider, { origin, code, kept })
    if (judged.kind === 'failed') {
      api.signIn.onOAuthFault({ provider: name, why: judged.why })
      return refusal('failed', kept.next)
    }
    const came = { api, db, browser, kept, proof: judged.proof }
    return kept.personId === undefined ? enterBy(came) : linkBy(came, kept.personId)
  },
})

export const oauthOperations: readonly AnyOperation[] = [beginOAuth, beginOAuthLink, endOAuth]

function providerOf({ signIn: { oauth } }: ApiOptions, name: keyof ApiOptions['signIn']['oauth']): OAuthProvider {
  const provider = oauth[name]
  if (!provider) throw notFound('way to sign in here')
  return provider
}

type Reason = 'expired' | 'cancelled' | 'failed' | 'sign_up_closed' | 'taken' | 'not_signed_in'

/** The page says what went wrong: whoever comes back sees no JSON. */
const refusal = (reason: Reason, next: string) => ({
  location: `/sign-in?${new URLSearchParams({ error: `oauth_${reason}`, next }).toString()}`,
})

type Came = {
  readonly api: ApiOptions
  readonly db: Parameters<typeof toolsOf>[1]
  readonly browser: Browser
  readonly kept: OAuthKept
  readonly proof: Proof
}

async function enterBy({ api, db, browser, kept: { next, invitation }, proof }: Came) {
  try {
    await letIn(api, { db, browser, proof, invitation })
    return { location: next }
  } catch (error) {
    if (error instanceof AppError && error.metadata?.['reason'] === 'sign_up_closed')
      return refusal('sign_up_closed', next)
    throw error
  }
}

/** Whoever asked must still be signed in here: their browser may be somebody else's by now. */
async function linkBy({ api, db, browser, kept: { next }, proof }: Came, personId: string) {
  const tools = toolsOf(api, db)
  const token = browser.cookie('session')
  const session = token === undefined ? undefined : await findSession(tools, token, browser.address)
  if (session?.person.id !== personId) return refusal('not_signed_in', next)
  const linked = await linkIdentity(tools, personId, { proof, rules: api.signIn.rules, origin: browser })
  return linked.kind === 'linked' || linked.byThemselves ? { location: next } : refusal('taken', next)
}
