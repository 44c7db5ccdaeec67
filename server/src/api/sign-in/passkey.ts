import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import {
  askForNewPasskey,
  askForPasskey,
  judgeNewPasskey,
  judgePasskey,
  type NewPasskeyAnswer,
  type PasskeyAnswer,
  whyNoPasskeys,
} from '../../accounts/index.ts'
import { type Browser, requireOwnPage } from '../browser.ts'
import { dataOf, nameField } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { invitationField } from './fields.ts'
import { identitySchema, link } from './identities.ts'
import {
  beginIn,
  countFrom,
  freshSession,
  letIn,
  refuseUninvited,
  signedIn,
  tag,
  toolsOf,
  wrongAnswer,
} from './tools.ts'

/** What the browser's own functions take and give; the verbs check every part of it. */
const options = z
  .looseObject({ challenge: z.string() })
  .openapi({ description: 'For `navigator.credentials`, as JSON (WebAuthn Level 3, §5.1.8).' })

const given = (field: 'authenticatorData' | 'attestationObject') =>
  z
    .looseObject({
      id: z.string().max(2_000),
      rawId: z.string().max(2_000),
      type: z.literal('public-key'),
      response: z.looseObject({ clientDataJSON: z.string().max(10_000), [field]: z.string().max(100_000) }),
    })
    .openapi({ description: 'What `navigator.credentials` gave, as JSON.' })

const beginPasskey = operation({
  id: 'beginPasskeySignIn',
  method: 'post',
  path: '/sign-in/passkey/options',
  tag,
  summary: 'Ask for a passkey',
  allowed: 'anyone',
  unrepeatable: true,
  answer: dataOf(options),
  audit: 'nothing',
  run: async ({ api, db, browser }) => {
    const origin = requirePasskeys(browser)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    return { data: { ...(await askForPasskey(tools, { origin, browser: beginIn(tools, browser) })) } }
  },
})

const verifyPasskey = operation({
  id: 'verifyPasskeySignIn',
  method: 'post',
  path: '/sign-in/passkey/verify',
  tag,
  summary: 'Sign in with a passkey',
  allowed: 'anyone',
  unrepeatable: true,
  body: z.strictObject({ response: given('authenticatorData') }),
  answer: signedIn,
  audit: 'itself',
  run: async ({ api, db, browser, body }) => {
    const origin = requirePasskeys(browser)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const answer = body.response as unknown as PasskeyAnswer
    const judged = await judgePasskey(tools, { answer, origin, browser: browser.cookie('challenge') })
    if (!judged) throw wrongAnswer('passkey')
    return letIn(api, { db, browser, proof: { ...judged, kind: 'passkey', isKnown: true } })
  },
})

const beginNewPasskey = operation({
  id: 'beginPasskeySignUp',
  method: 'post',
  path: '/sign-in/passkey/register-options',
  tag,
  summary: 'Ask to make a passkey for somebody new',
  allowed: 'anyone',
  unrepeatable: true,
  body: z.strictObject({
    name: nameField.openapi({ description: 'What to call the person.' }),
    invitation: invitationField,
  }),
  answer: dataOf(options),
  audit: 'nothing',
  run: async ({ api, db, browser, body }) => {
    const origin = requirePasskeys(browser)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    await refuseUninvited(tools, api, body.invitation)
    const made = await askForNewPasskey(tools, { origin, browser: beginIn(tools, browser), name: body.name })
    return { data: { ...made } }
  },
})

const registerPasskey = operation({
  id: 'verifyPasskeySignUp',
  method: 'post',
  path: '/sign-in/passkey/register',
  tag,
  summary: 'Become somebody new, with a passkey',
  allowed: 'anyone',
  unrepeatable: true,
  body: z.strictObject({
    ...{ response: given('attestationObject'), name: nameField.optional() },
    invitation: invitationField,
  }),
  answer: signedIn,
  audit: 'itself',
  run: async ({ api, db, browser, body }) => {
    const origin = requirePasskeys(browser)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const answer = body.response as unknown as NewPasskeyAnswer
    const proof = await judgeNewPasskey(tools, {
      answer,
      origin,
      browser: browser.cookie('challenge'),
      name: body.name,
    })
    if (!proof) throw wrongAnswer('passkey')
    return letIn(api, { db, browser, proof, invitation: body.invitation })
  },
})

const beginPasskeyLink = operation({
  id: 'beginPasskeyLink',
  method: 'post',
  path: '/identities/passkey/options',
  tag,
  summary: 'Ask to make one more passkey of yours',
  allowed: 'person',
  unrepeatable: true,
  answer: dataOf(options),
  audit: 'nothing',
  run: async ({ api, db, browser, bearer }) => {
    const origin = requirePasskeys(browser)
    const { person } = freshSession(api, bearer)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    const wanted = { origin, browser: beginIn(tools, browser), name: person.email ?? person.name, personId: person.id }
    return { data: { ...(await askForNewPasskey(tools, wanted)) } }
  },
})

const linkPasskey = operation({
  id: 'linkPasskey',
  method: 'post',
  path: '/identities/passkey',
  tag,
  summary: 'Make a passkey a way in of yours',
  allowed: 'person',
  unrepeatable: true,
  body: z.strictObject({ response: given('attestationObject'), name: nameField.optional() }),
  answer: dataOf(identitySchema),
  audit: 'itself',
  run: async ({ api, db, browser, bearer, body }) => {
    const origin = requirePasskeys(browser)
    const { person } = freshSession(api, bearer)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const proof = await judgeNewPasskey(tools, {
      ...{ answer: body.response as unknown as NewPasskeyAnswer, origin, browser: browser.cookie('challenge') },
      ...{ name: body.name, personId: person.id },
    })
    if (!proof) throw wrongAnswer('passkey')
    return { data: (await link({ api, db, browser }, person.id, proof)).identity }
  },
})

export const passkeyOperations: readonly AnyOperation[] = [
  ...[beginPasskey, verifyPasskey, beginNewPasskey, registerPasskey, beginPasskeyLink, linkPasskey],
]

/** Our origin, where it can have passkeys. */
function requirePasskeys(browser: Browser): string {
  const origin = requireOwnPage(browser)
  const why = whyNoPasskeys(origin)
  if (why === undefined) return origin
  throw new AppError('not_allowed', { message: why, metadata: { reason: 'no_passkeys_here' } })
}
