import { z } from '@hono/zod-openapi'
import {
  askForCode,
  judgeCode,
  listPendingCodes,
  mailboxOf,
  mayEnterBy,
  nameOfMailbox,
  tooMany,
} from '../../accounts/index.ts'
import { requireOwnPage } from '../browser.ts'
import { dataOf, listOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { tellCode } from './code-mail.ts'
import { codeField, emailField, invitationField } from './fields.ts'
import { beginIn, countFrom, letIn, refuseFor, signedIn, tag, toolsOf, wrongAnswer } from './tools.ts'

const begun = z
  .object({ challenge_id: z.string().openapi({ format: 'uuid', description: 'Goes back with the code.' }) })
  .openapi('EmailChallenge')

const beginEmail = operation({
  id: 'beginEmailSignIn',
  method: 'post',
  path: '/sign-in/email',
  tag,
  summary: 'Ask for a code by e-mail',
  description:
    'Six digits, good for ten minutes, five tries and the browser that asked. The answer is the same whether or not anybody ' +
    'has the address. Where no mail server is set up, the code stands in the log of the server and in `GET /sign-in/codes`.',
  allowed: 'anyone',
  unrepeatable: true,
  body: z.strictObject({ email: emailField, invitation: invitationField }),
  answer: dataOf(begun),
  audit: 'nothing',
  run: async ({ api, db, browser, body: { email, invitation } }) => {
    const origin = requireOwnPage(browser)
    const { rules, mailer } = api.signIn
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    refuseFor(await tooMany(tools, 'mailbox', mailboxOf(email)))
    const isWanted = await mayEnterBy(tools, email, { rules, invitation })
    const shown = isWanted && mailer === undefined
    const { id, code } = await askForCode(tools, { email, browser: beginIn(tools, browser), shown })
    // Not waited for: how long a mail takes must not tell whether one was sent.
    if (isWanted) tellCode(api.signIn, { email, code, origin, device: browser.device, address: browser.address })
    return { data: { challenge_id: id } }
  },
})

const verifyEmail = operation({
  id: 'verifyEmailSignIn',
  method: 'post',
  path: '/sign-in/email/verify',
  tag,
  summary: 'Sign in with the code',
  allowed: 'anyone',
  unrepeatable: true,
  body: z.strictObject({ challenge_id: z.string().max(100), code: codeField, invitation: invitationField }),
  answer: signedIn,
  audit: 'itself',
  run: async ({ api, db, browser, body }) => {
    requireOwnPage(browser)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const answer = { id: body.challenge_id, code: body.code, browser: browser.cookie('challenge') }
    const judged = await judgeCode(tools, answer)
    if (judged.kind === 'wrong') throw wrongAnswer('code')
    const { email } = judged
    const proof = { kind: 'email', subject: email, name: email, email, personName: nameOfMailbox(email) } as const
    return letIn(api, { db, browser, proof, invitation: body.invitation })
  },
})

const getCodes = operation({
  id: 'listSignInCodes',
  method: 'get',
  path: '/sign-in/codes',
  tag,
  summary: 'List codes that wait for an answer',
  description:
    'For the operator, to hand on by other ways. Empty where a mail server is set up: then only mailboxes get codes.',
  allowed: 'operator',
  permission: 'operate',
  answer: listOf(
    z.object({ email: z.string(), code: z.string(), created_at: timeText, expires_at: timeText }).openapi('SignInCode'),
  ),
  run: async ({ api, db }) => ({
    data: (await listPendingCodes(toolsOf(api, db))).map(({ email, code, createdAt, expiresAt }) => ({
      ...{ email, code, created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString() },
    })),
  }),
})

export const emailOperations: readonly AnyOperation[] = [beginEmail, verifyEmail, getCodes]
