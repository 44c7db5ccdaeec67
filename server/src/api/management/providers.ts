import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import {
  changeProvider,
  createProvider,
  deleteProvider,
  findProvider,
  listProviders,
  type ProviderRecord,
} from '../../catalog/index.ts'
import { dialects, localModels } from '../../providers/index.ts'
import { invalid, notFound } from '../faults.ts'
import { dataOf, deleted, idField, listOf, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { refuseDeletion } from './deletion.ts'
import { providerFactsField } from './facts.ts'
import { allowPrivateField, apiKeyField, baseUrlField, baseUrlOf, dialectField } from './provider-fields.ts'
import { trial, tryProvider } from './provider-trial.ts'

const tag = 'Providers'
const allowed = 'operator'
const params = z.strictObject({ id: idField })

const provider = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    name: z.string(),
    dialect: z.string(),
    base_url: z.string(),
    has_api_key: z.boolean().openapi({ description: 'The key itself is never told.' }),
    allow_private: z.boolean(),
    source: z.enum(['built-in', 'environment', 'operator']),
    disabled: z.boolean(),
    available: z.boolean().openapi({ description: 'Whether the last start found it, for one from the environment.' }),
    facts: providerFactsField,
    created_at: timeText,
  })
  .openapi('Provider')

const postProvider = operation({
  id: 'createProvider',
  method: 'post',
  path: '/providers',
  tag,
  summary: 'Add a provider',
  description: '`base_url` may be left out where the dialect has a usual one.',
  allowed,
  changes: 'catalog',
  body: z.strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, {
        error: 'small letters, digits, dots, dashes and underscores, at most 64',
      })
      .openapi({ description: 'Stands in receipts, so it cannot be changed.', example: 'my-vllm' }),
    dialect: dialectField.default('compatible'),
    base_url: baseUrlField.optional(),
    api_key: apiKeyField.optional(),
    allow_private: allowPrivateField.default(false),
    facts: providerFactsField.default({}),
  }),
  answer: dataOf(provider),
  status: 201,
  audit: { kind: 'provider', hidden: ['api_key'] },
  run: async ({ api, db, body }) => {
    const { name, dialect, api_key: apiKey, allow_private: allowPrivate, facts } = body
    const given = body.base_url ?? dialects.get(dialect)?.baseUrl
    if (given === undefined) throw invalid(`base_url: the dialect ${dialect} has no usual one`, 'base_url')
    const created = await createProvider(
      db,
      {
        id: api.makeId(),
        name,
        dialect,
        baseUrl: baseUrlOf(given, { dialect, allowPrivate }),
        apiKey,
        allowPrivate,
        facts,
        createdAt: new Date(api.clock.nowMs()),
      },
      api.secrets,
    )
    if (created.kind === 'name-taken') {
      throw new AppError('conflict', { message: `There is a provider called ${name} already.`, param: 'name' })
    }
    return { data: inWords(created.provider) }
  },
})

const getProviders = operation({
  id: 'listProviders',
  method: 'get',
  path: '/providers',
  tag,
  summary: 'List providers by name',
  allowed,
  answer: listOf(provider),
  run: async ({ db }) => ({ data: (await listProviders(db)).map(inWords) }),
})

const getProvider = operation({
  id: 'getProvider',
  method: 'get',
  path: '/providers/{id}',
  tag,
  summary: 'Get a provider',
  allowed,
  params,
  answer: dataOf(provider),
  target: providerThere,
  run: ({ target }) => ({ data: inWords(target) }),
})

const patchProvider = operation({
  id: 'changeProvider',
  method: 'patch',
  path: '/providers/{id}',
  tag,
  summary: 'Change a provider',
  description:
    'What is absent stays. Of a provider from the environment only `disabled` and `facts` outlast the next start.',
  allowed,
  changes: 'catalog',
  params,
  body: z.strictObject({
    dialect: dialectField.optional(),
    base_url: baseUrlField.optional(),
    api_key: apiKeyField
      .nullable()
      .optional()
      .openapi({ type: ['string', 'null'], description: '`null` takes the key away.' }),
    allow_private: allowPrivateField.optional(),
    facts: providerFactsField.optional(),
    disabled: z.boolean().optional(),
  }),
  answer: dataOf(provider),
  target: providerThere,
  audit: { kind: 'provider', before: inWords, hidden: ['api_key'] },
  run: async ({ api, db, params: { id }, body, target: before }) => {
    const { dialect, api_key: apiKey, allow_private: allowPrivate, facts, disabled } = body
    const addressChanges = body.base_url !== undefined || allowPrivate !== undefined
    const baseUrl = addressChanges
      ? baseUrlOf(body.base_url ?? before.baseUrl, {
          dialect: dialect ?? before.dialect,
          allowPrivate: allowPrivate ?? before.allowPrivate,
        })
      : undefined
    const change = { dialect, baseUrl, apiKey, allowPrivate, facts, disabled }
    const changed = await changeProvider(db, id, change, api.secrets)
    if (changed.kind === 'unknown') throw notFound('provider')
    return { data: inWords(changed.provider) }
  },
})

const removeProvider = operation({
  id: 'deleteProvider',
  method: 'delete',
  path: '/providers/{id}',
  tag,
  summary: 'Delete a provider that no offer uses',
  allowed,
  changes: 'catalog',
  params,
  answer: deleted,
  target: providerThere,
  audit: { kind: 'provider', before: inWords },
  run: async ({ api, db, params: { id } }) =>
    refuseDeletion('provider', await deleteProvider(db, id, new Date(api.clock.nowMs()))),
})

const testProvider = operation({
  id: 'testProvider',
  method: 'post',
  path: '/providers/{id}/test',
  tag,
  summary: 'Ask a provider for its models, to see whether its address and key are right',
  allowed,
  readsOnly: true,
  params,
  answer: dataOf(trial),
  target: providerThere,
  run: async ({ api, params: { id }, target: { source } }) => {
    if (source === 'built-in')
      return { data: { ok: true, models: localModels.map((model) => model.upstreamModel), why: null } }
    // A provider that was made a moment ago may not be in the snapshot yet.
    await api.catalog.refresh()
    const settings = api.catalog.providerSettings(id)
    if (!settings) throw notFound('provider')
    return { data: await tryProvider(settings, api.clock) }
  },
})

export const providerOperations: readonly AnyOperation[] = [
  postProvider,
  getProviders,
  getProvider,
  patchProvider,
  removeProvider,
  testProvider,
]

function inWords(record: ProviderRecord): z.input<typeof provider> {
  return {
    id: record.id,
    name: record.name,
    dialect: record.dialect,
    base_url: record.baseUrl,
    has_api_key: record.hasApiKey,
    allow_private: record.allowPrivate,
    source: record.source,
    disabled: record.disabled,
    available: record.available,
    facts: record.facts,
    created_at: record.createdAt.toISOString(),
  }
}

type About = { readonly db: Db; readonly params: { readonly id: Uuid } }

async function providerThere({ db, params: { id } }: About): Promise<ProviderRecord> {
  const found = await findProvider(db, id)
  if (!found) throw notFound('provider')
  return found
}
