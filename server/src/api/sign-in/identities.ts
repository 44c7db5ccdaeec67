import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import {
  askForCode,
  type Identity,
  judgeCode,
  linkIdentity,
  listIdentities,
  mailboxOf,
  nameOfMailbox,
  type Proof,
  renamePasskey,
  tooMany,
  unlinkIdentity,
} from '../../accounts/index.ts'
import { sessionOf } from '../auth.ts'
import { type Browser, requireOwnPage } from '../browser.ts'
import { notFound } from '../faults.ts'
import { dataOf, deleted, idField, listOf, nameField, timeOrNull, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import type { ApiOptions } from '../options.ts'
import { replacedMail, tellCode } from './code-mail.ts'
import { codeField, emailField } from './fields.ts'
import { beginIn, countFrom, freshSession, refuseFor, tag, toolsOf, wrongAnswer } from './tools.ts'

export const identitySchema = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    kind: z.enum(['email', 'passkey', 'wallet', 'github', 'google']),
    name: z.string().openapi({ description: 'The address, the wallet, or what the person calls it.' }),
    created_at: timeText,
    used_at: timeText.nullable(),
  })
  .openapi('Identity')

const identityParams = z.strictObject({ id: idField })

const getIdentities = operation({
  id: 'listIdentities',
  method: 'get',
  path: '/identities',
  tag,
  summary: 'List your ways in',
  allowed: 'person',
  answer: listOf(identitySchema),
  run: async ({ db, bearer }) => ({
    data: (await listIdentities(db, sessionOf(bearer).person.id)).map(identityInWords),
  }),
})

const beginEmailLink = operation({
  id: 'beginEmailLink',
  method: 'post',
  path: '/identities/email',
  tag,
  summary: 'Ask for a code that makes a mailbox a way in',
  description:
    'It takes the place of the mailbox before. The answer is the same whether or not somebody has the address.',
  allowed: 'person',
  unrepeatable: true,
  body: z.strictObject({ email: emailField }),
  answer: dataOf(z.object({ challenge_id: z.string().openapi({ format: 'uuid' }) })),
  audit: 'nothing',
  run: async ({ api, db, browser, bearer, body: { email } }) => {
    const origin = requireOwnPage(browser)
    const { person } = freshSession(api, bearer)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'begin')
    refuseFor(await tooMany(tools, 'mailbox', mailboxOf(email)))
    const question = { email, browser: beginIn(tools, browser), personId: person.id, shown: !api.signIn.mailer }
    const { id, code } = await askForCode(tools, question)
    const { device, address } = browser
    tellCode(api.signIn, { email, code, origin, device, address, links: true })
    return { data: { challenge_id: id } }
  },
})

const verifyEmailLink = operation({
  id: 'verifyEmailLink',
  method: 'post',
  path: '/identities/email/verify',
  tag,
  summary: 'Make a mailbox a way in',
  allowed: 'person',
  unrepeatable: true,
  body: z.strictObject({ challenge_id: z.string().max(100), code: codeField }),
  answer: dataOf(identitySchema),
  audit: 'itself',
  run: async ({ api, db, browser, bearer, body }) => {
    const origin = requireOwnPage(browser)
    const { person } = freshSession(api, bearer)
    const tools = toolsOf(api, db)
    await countFrom(tools, browser, 'answer')
    const answer = { id: body.challenge_id, code: body.code, browser: browser.cookie('challenge'), personId: person.id }
    const judged = await judgeCode(tools, answer)
    if (judged.kind === 'wrong') throw wrongAnswer('code')
    const { email } = judged
    const proof: Proof = { kind: 'email', subject: email, name: email, email, personName: nameOfMailbox(email) }
    const { identity, replaced } = await link({ api, db, browser }, person.id, proof)
    const { mailer, onMailFault } = api.signIn
    if (replaced !== undefined) mailer?.send(replacedMail(replaced, { email, origin })).catch(onMailFault)
    return { data: identity }
  },
})

const patchIdentity = operation({
  id: 'renameIdentity',
  method: 'patch',
  path: '/identities/{id}',
  tag,
  summary: 'Rename a passkey',
  allowed: 'person',
  params: identityParams,
  body: z.strictObject({ name: nameField }),
  answer: dataOf(identitySchema),
  audit: { kind: 'identity' },
  run: async ({ db, bearer, params, body }) => {
    const personId = sessionOf(bearer).person.id
    const renamed = await renamePasskey(db, { id: params.id, personId }, body.name)
    if (!renamed) throw notFound('passkey')
    return { data: identityInWords(renamed) }
  },
})

const deleteIdentity = operation({
  id: 'unlinkIdentity',
  method: 'delete',
  path: '/identities/{id}',
  tag,
  summary: 'Take a way in away',
  description: 'Never the last one. Every other session of the person ends.',
  allowed: 'person',
  params: identityParams,
  answer: deleted,
  audit: 'itself',
  run: async ({ api, db, browser, bearer, params }) => {
    const session = freshSession(api, bearer)
    const outcome = await unlinkIdentity(toolsOf(api, db), session.person.id, {
      ...{ id: params.id, keepSession: session.id, origin: browser },
    })
    if (outcome.kind === 'unknown') throw notFound('way in')
    if (outcome.kind === 'last')
      throw new AppError('conflict', { message: 'This is your only way in. Add another one first.' })
    return { deleted: true as const }
  },
})

export const identityOperations: readonly AnyOperation[] = [
  ...[getIdentities, beginEmailLink, verifyEmailLink, patchIdentity, deleteIdentity],
]

/** Gives a person a way in, or says why not. */
export async function link(
  { api, db, browser }: { readonly api: ApiOptions; readonly db: Db; readonly browser: Browser },
  personId: Uuid,
  proof: Proof,
): Promise<{ readonly identity: z.input<typeof identitySchema>; readonly replaced: string | undefined }> {
  const linked = await linkIdentity(toolsOf(api, db), personId, { proof, rules: api.signIn.rules, origin: browser })
  if (linked.kind === 'taken')
    throw new AppError('conflict', {
      message: linked.byThemselves ? 'You have this way in already.' : 'Somebody else signs in with this.',
    })
  return { identity: identityInWords(linked.identity), replaced: linked.replaced }
}

export const identityInWords = ({ id, kind, name, createdAt, usedAt }: Identity): z.input<typeof identitySchema> => ({
  ...{ id, kind, name },
  created_at: createdAt.toISOString(),
  used_at: timeOrNull(usedAt),
})
