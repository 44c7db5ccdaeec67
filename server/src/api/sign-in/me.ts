import { z } from '@hono/zod-openapi'
import { endSessionOf, listSessions, type Person, renamePerson, type SignedIn } from '../../accounts/index.ts'
import { sessionOf } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf, deleted, idField, listOf, nameField, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { tag, toolsOf } from './tools.ts'

const me = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    name: z.string(),
    email: z.string().nullable().openapi({ description: 'Proven to be yours.' }),
    created_at: timeText,
  })
  .openapi('Me')

const getMe = operation({
  id: 'getMe',
  method: 'get',
  path: '/me',
  tag,
  summary: 'Tell who you are',
  allowed: 'person',
  answer: dataOf(me),
  run: ({ bearer }) => ({ data: inWords(sessionOf(bearer).person) }),
})

const patchMe = operation({
  id: 'changeMe',
  method: 'patch',
  path: '/me',
  tag,
  summary: 'Change your name',
  allowed: 'person',
  body: z.strictObject({ name: nameField }),
  answer: dataOf(me),
  audit: { kind: 'person' },
  run: async ({ db, bearer, body }) => {
    const renamed = await renamePerson(db, sessionOf(bearer).person.id, body.name)
    if (!renamed) throw notFound('person')
    return { data: inWords(renamed) }
  },
})

const signedInAt = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    is_current: z.boolean().openapi({ description: 'Whether this request came by it.' }),
    method: z.enum(['link', 'email', 'passkey', 'wallet', 'github', 'google']),
    device: z.string().openapi({ description: 'What the browser says it is.' }),
    address: z.string().nullable(),
    created_at: timeText,
    seen_at: timeText.openapi({ description: 'To the minute.' }),
    expires_at: timeText,
  })
  .openapi('SignedInBrowser')

const getSessions = operation({
  id: 'listSessions',
  method: 'get',
  path: '/sessions',
  tag,
  summary: 'List the browsers in which you are signed in',
  allowed: 'person',
  answer: listOf(signedInAt),
  run: async ({ api, db, bearer }) => {
    const current = sessionOf(bearer)
    const sessions = await listSessions(toolsOf(api, db), current.person.id)
    return {
      data: sessions.map((each) => ({ ...sessionInWords(each), is_current: each.id === current.id })),
    }
  },
})

const deleteSession = operation({
  id: 'endSession',
  method: 'delete',
  path: '/sessions/{id}',
  tag,
  summary: 'Sign out of one browser',
  allowed: 'person',
  params: z.strictObject({ id: idField }),
  answer: deleted,
  audit: { kind: 'session' },
  run: async ({ db, bearer, params }) => {
    if (!(await endSessionOf(db, sessionOf(bearer).person.id, params.id))) throw notFound('session')
    return { deleted: true as const }
  },
})

export const sessionInWords = ({ id, method, device, address, createdAt, seenAt, expiresAt }: SignedIn) => ({
  ...{ id, method, device, address: address ?? null },
  created_at: createdAt.toISOString(),
  seen_at: seenAt.toISOString(),
  expires_at: expiresAt.toISOString(),
})

export const meOperations: readonly AnyOperation[] = [getMe, patchMe, getSessions, deleteSession]

const inWords = ({ id, name, email, createdAt }: Person): z.input<typeof me> => ({
  ...{ id, name, email: email ?? null },
  created_at: createdAt.toISOString(),
})
