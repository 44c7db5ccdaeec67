import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import {
  deleteProviderKey,
  findProviderKey,
  listProviderKeys,
  type ProviderKey,
  setProviderKey,
} from '../../accounts/index.ts'
import { findProvider, listProviders, type ProviderRecord } from '../../catalog/index.ts'
import { openProvider } from '../../providers/index.ts'
import { accountsMeant, mayUse } from '../auth.ts'
import { invalid, notFound } from '../faults.ts'
import { dataOf, deleted, idField, listOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import type { ApiOptions } from '../options.ts'
import { accountThere } from './account-there.ts'

const tag = 'Own keys at providers'
const allowed = 'management'
const params = z.strictObject({ id: idField })

const providerKey = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    account_id: z.string().openapi({ format: 'uuid' }),
    provider_id: z.string().openapi({ format: 'uuid' }),
    provider: z.string().openapi({ description: 'Its name, as receipts have it.' }),
    label: z.string().openapi({ description: 'The last characters of the key; the key itself is never told.' }),
    fallback: z.boolean(),
    created_at: timeText,
  })
  .openapi('ProviderKey')

const postProviderKey = operation({
  id: 'setProviderKey',
  method: 'post',
  path: '/provider-keys',
  tag,
  summary: "Keep an account's own key at a provider",
  description:
    "Calls of the account are sent to that provider with this key first, and cost the operator's fee instead of the price. It takes the place of the key that the account had there.",
  allowed,
  permission: 'keys',
  body: z.strictObject({
    provider_id: idField.optional(),
    provider: z.string().min(1).max(64).optional().openapi({ description: 'The name, in place of the id.' }),
    api_key: z.string().min(1).max(10_000),
    account_id: idField
      .optional()
      .openapi({ description: "Of another account: the operator only. Else the caller's own." }),
    fallback: z
      .boolean()
      .default(true)
      .openapi({ description: "Whether the operator's keys may be used, at their price, where this one failed." }),
  }),
  answer: dataOf(providerKey),
  status: 201,
  audit: { kind: 'provider_key', hidden: ['api_key'] },
  run: async ({ api, db, bearer, body }) => {
    const { id: accountId } = await accountThere(db, bearer, body.account_id)
    const provider = await providerMeant(db, body.provider_id, body.provider)
    await refuseUnusable(api, provider, body.api_key)
    const key = await setProviderKey(
      db,
      {
        id: api.makeId(),
        accountId,
        providerId: provider.id,
        apiKey: body.api_key,
        fallback: body.fallback,
        createdAt: new Date(api.clock.nowMs()),
      },
      api.secrets,
    )
    return { data: inWords(key, provider.name) }
  },
})

const getProviderKeys = operation({
  id: 'listProviderKeys',
  method: 'get',
  path: '/provider-keys',
  tag,
  summary: 'List own keys at providers, newest first',
  allowed,
  query: z.strictObject({
    account_id: idField.optional().openapi({ description: 'Absent: the own account; for the operator, all.' }),
  }),
  answer: listOf(providerKey),
  run: async ({ db, bearer, query }) => {
    const keys = await listProviderKeys(db, accountsMeant(bearer, query.account_id))
    const names = new Map((await listProviders(db)).map(({ id, name }) => [id, name]))
    return { data: keys.map((key) => inWords(key, names.get(key.providerId) ?? '')) }
  },
})

const removeProviderKey = operation({
  id: 'deleteProviderKey',
  method: 'delete',
  path: '/provider-keys/{id}',
  tag,
  summary: 'Forget an own key at a provider',
  allowed,
  permission: 'keys',
  params,
  answer: deleted,
  target: async ({ db, bearer, params: { id } }) => {
    const key = await findProviderKey(db, id)
    if (!key || !mayUse(bearer, key.accountId)) throw notFound('key')
    return key
  },
  audit: { kind: 'provider_key', before: settingsOf },
  run: async ({ db, params: { id } }) => {
    if (!(await deleteProviderKey(db, id))) throw notFound('key')
    return { deleted: true as const }
  },
})

export const providerKeyOperations: readonly AnyOperation[] = [postProviderKey, getProviderKeys, removeProviderKey]

async function providerMeant(db: Db, id: Uuid | undefined, name: string | undefined): Promise<ProviderRecord> {
  if ((id === undefined) === (name === undefined)) throw invalid('give provider_id or provider', 'provider_id')
  const found =
    id === undefined ? (await listProviders(db)).find((each) => each.name === name) : await findProvider(db, id)
  if (!found) throw notFound('provider', id === undefined ? 'provider' : 'provider_id')
  if (found.source === 'built-in') throw invalid(`${found.name} runs here and takes no key`, 'provider_id')
  return found
}

/** Whether it can be a key of that provider at all; nothing is sent. */
async function refuseUnusable(api: ApiOptions, provider: ProviderRecord, apiKey: string): Promise<void> {
  const { name, dialect, baseUrl, allowPrivate } = provider
  const opened = openProvider({ name, dialect, baseUrl, allowPrivate, apiKey }, { clock: api.clock })
  if (opened.kind === 'refused') throw invalid(`api_key: ${opened.why}`, 'api_key')
  await opened.provider.close()
}

const inWords = (key: ProviderKey, provider: string): z.input<typeof providerKey> => ({ ...settingsOf(key), provider })

function settingsOf({ id, accountId, providerId, label, fallback, createdAt }: ProviderKey) {
  return {
    ...{ id, account_id: accountId, provider_id: providerId, label, fallback },
    created_at: createdAt.toISOString(),
  }
}
