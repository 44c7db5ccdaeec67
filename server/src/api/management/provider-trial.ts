import { z } from '@hono/zod-openapi'
import type { Clock } from '../../core/clock.ts'
import {
  canListModels,
  type Dialect,
  dialects,
  listUpstreamModels,
  type ProviderSettings,
} from '../../providers/index.ts'
import { invalid } from '../faults.ts'
import { dataOf, listOf } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { allowPrivateField, apiKeyField, baseUrlField, baseUrlOf, dialectField } from './provider-fields.ts'

const tag = 'Providers'
const allowed = 'operator'
const testTimeoutMs = 10_000

/** What a provider said when it was asked for its models. */
export const trial = z.object({
  ok: z.boolean(),
  models: z.array(z.string()).openapi({ description: "The upstream's own names." }),
  why: z.string().nullable().openapi({ description: 'Why it failed.' }),
})

export async function tryProvider(settings: ProviderSettings, clock: Clock): Promise<z.input<typeof trial>> {
  const list = await listUpstreamModels(settings, { clock, timeoutMs: testTimeoutMs })
  const ok = list.kind === 'ok'
  return { ok, models: ok ? [...list.models] : [], why: ok ? null : list.why }
}

const dialect = z
  .object({
    id: dialectField,
    base_url: z.string().nullable().openapi({ description: 'Its usual address; `null`: has to be given.' }),
    api: z.string().openapi({ description: '`openai`, or that of the dialect itself.' }),
    key_variable: z.string().nullable().openapi({ description: 'The environment variable that usually has its key.' }),
    is_local: z.boolean().openapi({ description: 'A server that usually runs beside this one, without a key.' }),
    lists_models: z.boolean().openapi({ description: 'Whether it tells its models, so that it can be tested.' }),
    base_url_parameter: z
      .string()
      .nullable()
      .openapi({ description: 'The query parameter that its address may have.' }),
  })
  .openapi('Dialect')

const getDialects = operation({
  id: 'listDialects',
  method: 'get',
  path: '/dialects',
  tag,
  summary: 'List the kinds of provider that are known by name',
  allowed,
  answer: listOf(dialect),
  run: () => ({ data: [...dialects.values()].map(inWords) }),
})

const postTrial = operation({
  id: 'tryProvider',
  method: 'post',
  path: '/providers/test',
  tag,
  summary: 'Ask a provider that was not added yet for its models',
  description: 'Nothing is stored.',
  allowed,
  readsOnly: true,
  body: z.strictObject({
    dialect: dialectField.default('compatible'),
    base_url: baseUrlField.optional(),
    api_key: apiKeyField.optional(),
    allow_private: allowPrivateField.default(false),
  }),
  answer: dataOf(trial),
  run: async ({ api, body }) => {
    const { dialect: id, api_key: apiKey, allow_private: allowPrivate } = body
    const given = body.base_url ?? dialects.get(id)?.baseUrl
    if (given === undefined) throw invalid(`base_url: the dialect ${id} has no usual one`, 'base_url')
    const baseUrl = baseUrlOf(given, { dialect: id, allowPrivate })
    return { data: await tryProvider({ name: id, dialect: id, baseUrl, apiKey, allowPrivate }, api.clock) }
  },
})

export const trialOperations: readonly AnyOperation[] = [getDialects, postTrial]

const inWords = (each: Dialect): z.input<typeof dialect> => ({
  id: each.id,
  base_url: each.baseUrl ?? null,
  api: each.speaks ? each.id : 'openai',
  key_variable: each.keyVariable ?? null,
  is_local: each.loopbackPort !== undefined,
  lists_models: canListModels({ dialect: each.id, baseUrl: each.baseUrl ?? '' }) ?? false,
  base_url_parameter: each.baseUrlQuery?.parameter ?? null,
})
