import { z } from '@hono/zod-openapi'
import { isUuid, type Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import { type ApiKey, changeKey, deleteKey, findKey, issueKey, listKeys, rotateKey } from '../../accounts/index.ts'
import { accountMeant, accountsMeant, type Bearer, mayUse, requireRightsOfKey } from '../auth.ts'
import { notFound } from '../faults.ts'
import { dataOf, deleted, idField, rateChange, refusePast } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import type { ApiOptions } from '../options.ts'
import { fromCursor, offsetField, pageFields, pageFrom, pageOf } from '../pages.ts'
import { keySchema, keySettings, keyViews } from '../key-view.ts'
import { keepingChange, keyChange, keyFilterFields, keysAsked, newKey, policyChange, rotation } from './keys-schemas.ts'
import { limitAsked, limitChangeAsked } from './keys-in-usd.ts'

const tag = 'Keys'
const params = z.strictObject({ id: idField })

type About = {
  readonly api: ApiOptions
  readonly db: Db
  readonly bearer: Bearer
  readonly params: { readonly id: Uuid }
}

/** The key that a request is about, and the moment of the request; 404 for a key that the bearer may not see. */
async function keyMeant({ api, db, bearer, params: { id } }: About): Promise<{ key: ApiKey; now: Date }> {
  const key = await findKey(db, id)
  if (!key || !mayUse(bearer, key.accountId)) throw notFound('key')
  return { key, now: new Date(api.clock.nowMs()) }
}

const audit = {
  kind: 'key',
  before: ({ key, now }: { readonly key: ApiKey; readonly now: Date }) => keySettings(key, now),
} as const

const issued = z.object({ key: z.string().openapi({ example: 'sk-rp-...' }), data: keySchema })

const postKey = operation({
  id: 'createKey',
  method: 'post',
  path: '/keys',
  tag,
  summary: 'Create a key',
  description:
    'The secret is in this answer and nowhere else. Repeated with the same `Idempotency-Key`, it is told again.',
  allowed: 'management',
  permission: 'keys',
  body: newKey,
  answer: issued,
  status: 201,
  audit: { kind: 'key' },
  run: async ({ api, db, bearer, body }) => {
    const { clock, makeId, secrets, chance } = api
    const createdAt = new Date(clock.nowMs())
    refusePast('expires_at', body.expires_at, clock)
    const { limit, window } = limitAsked(body)
    const accountId = accountMeant(bearer, body.account_id ?? body.workspace_id)
    if (body.kind === 'management') requireRightsOfKey(bearer, accountId)
    const made = await issueKey(
      db,
      {
        id: makeId(),
        accountId,
        kind: body.kind,
        name: body.name,
        limit: limit ?? undefined,
        window,
        callCap: body.call_cap_credits ?? undefined,
        expiresAt: body.expires_at ?? undefined,
        rates: rateChange(body),
        policy: policyChange(body),
        keeping: keepingChange(body),
        createdAt,
      },
      { secrets, chance },
    )
    if (made.kind === 'unknown-account') throw notFound('account')
    return { key: made.secret, data: await viewOf(db, made.key, createdAt) }
  },
})

const getKeys = operation({
  id: 'listKeys',
  method: 'get',
  path: '/keys',
  tag,
  summary: 'List keys, newest first, with what they spent and have left',
  allowed: 'management',
  query: z.strictObject({
    ...pageFields,
    offset: offsetField,
    account_id: idField.optional().openapi({ description: 'Absent: the own account; for the operator, all.' }),
    ...keyFilterFields,
  }),
  answer: pageOf(keySchema),
  run: async ({ api, db, bearer, query }) => {
    const [beforeId] = fromCursor(query.cursor, [isUuid]) ?? []
    const accountId = accountsMeant(bearer, query.account_id)
    const now = new Date(api.clock.nowMs())
    const filter = keysAsked(query, now)
    const keys = await listKeys(db, { accountId, beforeId, limit: query.limit + 1, offset: query.offset, filter })
    const views = await keyViews(db, keys, now)
    return pageFrom(views, query.limit, { entry: (view) => view, position: ({ id }) => [id] })
  },
})

const getKey = operation({
  id: 'getKey',
  method: 'get',
  path: '/keys/{id}',
  tag,
  summary: 'Get a key, what it spent and has left',
  allowed: 'management',
  params,
  answer: dataOf(keySchema),
  target: keyMeant,
  run: async ({ db, target: { key, now } }) => ({ data: await viewOf(db, key, now) }),
})

const patchKey = operation({
  id: 'changeKey',
  method: 'patch',
  path: '/keys/{id}',
  tag,
  summary: 'Change a key: name, limits, policy, which answers are kept, expiry; freeze and unfreeze it (disabled)',
  description: 'What is absent stays; `null` takes a limit away. Works everywhere from the next call on.',
  allowed: 'management',
  permission: 'keys',
  params,
  body: keyChange,
  answer: dataOf(keySchema),
  target: keyMeant,
  audit,
  run: async ({ db, params: { id }, body, target: { key, now } }) => {
    const changed = await changeKey(db, id, {
      name: body.name,
      disabled: body.disabled,
      ...limitChangeAsked(body, key.limit),
      callCap: body.call_cap_credits,
      expiresAt: body.expires_at,
      rates: rateChange(body),
      policy: policyChange(body),
      keeping: keepingChange(body),
    })
    if (!changed) throw notFound('key')
    return { data: await viewOf(db, changed, now) }
  },
})

const removeKey = operation({
  id: 'deleteKey',
  method: 'delete',
  path: '/keys/{id}',
  tag,
  summary: 'Delete a key',
  description: 'It stops working everywhere; what it did stays on record. Answers that are under way are finished.',
  allowed: 'management',
  permission: 'keys',
  params,
  answer: deleted,
  target: keyMeant,
  audit,
  run: async ({ db, params: { id }, target: { now } }) => {
    if (!(await deleteKey(db, id, now))) throw notFound('key')
    return { deleted: true as const }
  },
})

const postRotation = operation({
  id: 'rotateKey',
  method: 'post',
  path: '/keys/{id}/rotate',
  tag,
  summary: 'Give a key a new secret; the one before works for a while longer',
  description:
    'Limits, spend and history stay with the key. The new secret is in this answer and nowhere else; repeated with the same `Idempotency-Key`, it is told again. A secret that still worked from an earlier rotation stops at once.',
  allowed: 'management',
  permission: 'keys',
  params,
  body: rotation,
  answer: issued,
  status: 201,
  target: keyMeant,
  audit,
  run: async ({ api, db, bearer, params: { id }, body, target: { key, now } }) => {
    if (key.kind === 'management') requireRightsOfKey(bearer, key.accountId)
    const previousUntil = new Date(now.getTime() + body.overlap_seconds * 1_000)
    const rotated = await rotateKey(db, id, previousUntil, api)
    if (!rotated) throw notFound('key')
    return { key: rotated.secret, data: await viewOf(db, rotated.key, now) }
  },
})

export const keyOperations: readonly AnyOperation[] = [postKey, getKeys, getKey, patchKey, removeKey, postRotation]

async function viewOf(db: Db, key: ApiKey, now: Date) {
  const [view] = await keyViews(db, [key], now)
  return view!
}
