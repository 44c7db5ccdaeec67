import { z } from '@hono/zod-openapi'
import {
  csrfTokenOf,
  endSession,
  endSessionsOf,
  memberRoles,
  permissions,
  permissionsOf,
  type Session,
} from '../../accounts/index.ts'
import { knownAccountId, sessionOf } from '../auth.ts'
import { dataOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'

const personSchema = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    name: z.string(),
    email: z.string().nullable().openapi({ description: 'Proven to be theirs.' }),
  })
  .openapi('Person')

const sessionSchema = z
  .object({
    person: personSchema,
    csrf_token: z
      .string()
      .openapi({ description: 'Send it as `x-csrf-token` with every request that changes something.' }),
    account_id: z
      .string()
      .nullable()
      .openapi({ description: 'The account that this request acts for: that of `x-redpill-account`, else the first.' }),
    accounts: z.array(
      z.object({
        id: z.string().openapi({ format: 'uuid' }),
        name: z.string(),
        kind: z.enum(['customer', 'operator']),
        role: z.enum(memberRoles),
        permissions: z.array(z.enum(permissions)),
      }),
    ),
    expires_at: timeText,
  })
  .openapi('Session')

const getSession = operation({
  id: 'getSession',
  method: 'get',
  path: '/session',
  tag: 'Sign-in',
  summary: 'Tell who is signed in',
  allowed: 'person',
  answer: dataOf(sessionSchema),
  run: ({ api, bearer, browser }) => {
    const { person, memberships, expiresAt } = sessionOf(bearer)
    return {
      data: {
        person: { id: person.id, name: person.name, email: person.email ?? null },
        csrf_token: csrfTokenOf(api.secrets, browser.cookie('session') ?? ''),
        account_id: knownAccountId(bearer) ?? null,
        accounts: memberships.map(({ accountId, accountName, accountKind, role }) => ({
          ...{ id: accountId, name: accountName, kind: accountKind, role },
          permissions: [...permissionsOf(role, accountKind)],
        })),
        expires_at: expiresAt.toISOString(),
      },
    }
  },
})

const signOut = operation({
  id: 'signOut',
  method: 'post',
  path: '/sign-out',
  tag: 'Sign-in',
  summary: 'End the session of this browser, or all of yours',
  allowed: 'person',
  body: z.strictObject({ everywhere: z.boolean().optional() }),
  answer: z.object({ signed_out: z.literal(true) }),
  target: ({ bearer }) => Promise.resolve(sessionOf(bearer)),
  audit: { kind: 'session', before: ({ id }: Session) => ({ id }) },
  run: async ({ api, db, browser, bearer, body }) => {
    if (body.everywhere === true) await endSessionsOf(db, sessionOf(bearer).person.id)
    const token = browser.cookie('session')
    if (token !== undefined) await endSession({ db, secrets: api.secrets }, token)
    browser.setCookie('session', '', 0)
    return { signed_out: true as const }
  },
})

export const sessionOperations: readonly AnyOperation[] = [getSession, signOut]
