import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import {
  type AuditEntry,
  deletePerson,
  listIdentities,
  listSessions,
  type Membership,
  recordAudit,
  type Session,
  type SignInTools,
} from '../../accounts/index.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { sessionOf } from '../auth.ts'
import type { Browser } from '../browser.ts'
import { invalid, notFound } from '../faults.ts'
import { deleted, nameField } from '../fields.ts'
import { linesAnswer } from '../lines.ts'
import { allAudit, auditInWords } from '../management/audit.ts'
import { counted, type Line } from '../management/export.ts'
import { type AnyOperation, operation } from '../operation.ts'
import type { ApiOptions } from '../options.ts'
import { identityInWords } from './identities.ts'
import { sessionInWords } from './me.ts'
import { freshSession, tag, toolsOf } from './tools.ts'

const deleteMe = operation({
  id: 'deleteMe',
  method: 'delete',
  path: '/me',
  tag,
  summary: 'Delete yourself, for good',
  description:
    'Sessions, ways in and memberships are gone, and with them your name and address. What you did stays on record, under ' +
    "an id without a name; keys that you made are their accounts'. Whoever is the last owner of an account hands it over " +
    'or deletes it first.',
  allowed: 'person',
  query: z.strictObject({ name: nameField.openapi({ description: 'Your name, typed by you.' }) }),
  answer: deleted,
  audit: 'itself',
  run: async ({ api, db, bearer, browser, query }) => {
    const { person } = freshSession(api, bearer)
    if (query.name !== person.name) throw invalid('name: must be your name', 'name')
    await inTransaction(db, async (tx) => {
      const outcome = await deletePerson(tx, person.id, new Date(api.clock.nowMs()))
      if (outcome.kind === 'unknown') throw notFound('person')
      if (outcome.kind === 'owner') throw lastOwner(outcome.of)
      await recordAudit(tx, ...entriesOf(api, browser, person.id, outcome.of))
    })
    browser.setCookie('session', '', 0)
    return { deleted: true as const }
  },
})

/** Each account learns that it lost a member. */
function entriesOf(api: ApiOptions, browser: Browser, id: Uuid, memberships: readonly Membership[]): AuditEntry[] {
  const origin = { address: browser.address, requestId: browser.requestId }
  const done = { at: new Date(api.clock.nowMs()), origin, action: 'deleteMe', after: undefined }
  const actor = (accountId: Uuid | undefined) => ({ kind: 'person', id, accountId }) as const
  const gone = { ...done, id: api.makeId(), actor: actor(undefined), accountId: undefined, before: undefined }
  return [
    { ...gone, target: { kind: 'person', id } },
    ...memberships.map(({ accountId, role }) => ({
      ...{ ...done, id: api.makeId(), actor: actor(accountId), accountId },
      ...{ target: { kind: 'member' as const, id }, before: { person_id: id, role } },
    })),
  ]
}

function lastOwner(of: readonly Membership[]): AppError {
  const accounts = of.map(({ accountId, accountName }) => ({ id: accountId, name: accountName }))
  const names = accounts.map(({ name }) => name).join(', ')
  return new AppError('conflict', {
    message: `You are the last owner of ${names}. Make somebody else an owner, or delete the account, first.`,
    metadata: { accounts },
  })
}

const exportMe = operation({
  id: 'exportMe',
  method: 'get',
  path: '/me/export',
  tag,
  summary: 'Export everything that is kept of you, as JSON Lines',
  description:
    'Each line is `{"type", "data"}`: `export`, then `person`, `membership`, `identity`, `session` and `audit` (what you ' +
    'did), at last `end`, which counts the lines before it. What accounts have is exported by account.',
  allowed: 'person',
  answer: linesAnswer,
  run: ({ api, db, bearer }) => {
    const session = sessionOf(bearer)
    const head = { person_id: session.person.id, at: new Date(api.clock.nowMs()).toISOString() }
    return { fileName: 'redpill-me.jsonl', values: counted(head, myLines(toolsOf(api, db), session)) }
  },
})

async function* myLines(tools: SignInTools, { person, memberships }: Session): AsyncGenerator<Line> {
  const { id, name, email = null, createdAt } = person
  yield { type: 'person', data: { id, name, email, created_at: createdAt.toISOString() } }
  for (const { accountId, accountName, accountKind, role } of memberships)
    yield {
      type: 'membership',
      data: { account_id: accountId, account_name: accountName, account_kind: accountKind, role },
    }
  for (const each of await listIdentities(tools.db, id)) yield { type: 'identity', data: identityInWords(each) }
  for (const each of await listSessions(tools, id)) yield { type: 'session', data: sessionInWords(each) }
  const reader = { isOperator: true, seesAddresses: true }
  for await (const each of allAudit(tools.db, { actorId: id }))
    yield { type: 'audit', data: auditInWords(each, reader) }
}

export const leaveOperations: readonly AnyOperation[] = [exportMe, deleteMe]
