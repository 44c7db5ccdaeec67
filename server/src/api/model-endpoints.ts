/** OpenRouter's GET /models/{author}/{slug}/endpoints: who serves a model, at what price, and how well just now. */
import { z } from '@hono/zod-openapi'
import { AppError } from '../core/errors.ts'
import { findModelItem, type Model, type ModelItem, type Offer, offerPricing } from '../catalog/index.ts'
import { type OfferRecord, percentiles, spans } from '../router/index.ts'
import { type AnyOperation, operation } from './operation.ts'
import type { ApiOptions } from './options.ts'

const price = z.object({ prompt: z.string(), completion: z.string(), request: z.string() }).catchall(z.string())
const percentileSchema = z.object({ p50: z.number(), p75: z.number(), p90: z.number(), p99: z.number() }).nullable()
const uptime = z.number().nullable().openapi({
  description: 'Percent of calls that were answered; faults of requests and 429 are not counted. `null`: no calls.',
})

const endpointSchema = z
  .object({
    name: z.string(),
    tag: z.string().openapi({ description: 'What `provider.order`, `only` and `ignore` may call it.' }),
    model_id: z.string(),
    model_name: z.string(),
    provider_name: z.string(),
    context_length: z.number().int().openapi({ description: '0 where nobody said.' }),
    max_prompt_tokens: z.number().int().nullable(),
    max_completion_tokens: z.number().int().nullable(),
    quantization: z.string().nullable(),
    region: z.string().nullable(),
    zdr: z.boolean(),
    data_collection: z.enum(['allow', 'deny']),
    supported_parameters: z.array(z.string()),
    supports_implicit_caching: z.boolean(),
    status: z
      .number()
      .int()
      .openapi({ description: '0: asked as usual; -1: at its rate limit; -2: failed or silent lately.' }),
    pricing: price.openapi({ description: 'USD per single unit.' }),
    pricing_credits: price.openapi({ description: 'Credits per single unit.' }),
    uptime_last_5m: uptime,
    uptime_last_30m: uptime,
    uptime_last_1d: uptime,
    latency_last_30m: percentileSchema.openapi({ description: 'Milliseconds to the first byte of streams.' }),
    throughput_last_30m: percentileSchema.openapi({ description: 'Output tokens a second.' }),
  })
  .openapi('Endpoint', { description: 'Measured by the process that answers, from its own traffic.' })

const answer = z.object({
  data: z.object({
    id: z.string(),
    name: z.string(),
    created: z.number().int(),
    description: z.string(),
    architecture: z.object({
      modality: z.string(),
      input_modalities: z.array(z.string()),
      output_modalities: z.array(z.string()),
      tokenizer: z.string(),
      instruct_type: z.null(),
    }),
    endpoints: z.array(endpointSchema),
  }),
})

const declare = (operationId: string, path: `/${string}`, names: readonly string[]) =>
  operation({
    id: operationId,
    method: 'get',
    path,
    tag: 'Models',
    summary: 'Who serves a model, at what price, and how well',
    allowed: 'anyone',
    params: z.strictObject(Object.fromEntries(names.map((name) => [name, z.string().max(200)]))),
    answer,
    run: ({ api, params }) => {
      const id = names.map((name) => String(params[name])).join('/')
      const snapshot = api.catalog.current()
      const item = findModelItem(snapshot, id, api.clock.nowMs())
      const model = snapshot.findModel(id)
      if (item && model) return { data: dataOf(api, model, item) }
      throw new AppError('model_not_found', { message: `The model '${id}' does not exist here.`, param: 'model' })
    },
  })

export const modelEndpointOperations: readonly AnyOperation[] = [
  declare('listModelEndpoints', '/models/{author}/{slug}/endpoints', ['author', 'slug']),
  declare('listPlainModelEndpoints', '/models/{slug}/endpoints', ['slug']),
]

function dataOf(api: ApiOptions, model: Model, item: ModelItem): z.input<typeof answer>['data'] {
  const snapshot = api.catalog.current()
  const offers = snapshot.offersOf(model.id).filter(({ available, disabled }) => available && !disabled)
  const { architecture } = item
  return {
    ...{ id: item.id, name: item.name, created: item.created, description: item.description },
    architecture: {
      ...architecture,
      input_modalities: [...architecture.input_modalities],
      output_modalities: [...architecture.output_modalities],
    },
    endpoints: offers.map((offer) => endpointOf(api, model, offer)),
  }
}

function endpointOf(api: ApiOptions, model: Model, offer: Offer): z.input<typeof endpointSchema> {
  const { facts, providerName } = offer
  const prices = api.catalog.current().pricesOf(offer, api.clock.nowMs())
  const context = facts.contextLength ?? model.contextLength
  return {
    name: `${providerName} | ${model.id}`,
    tag: facts.region === undefined ? providerName : `${providerName}/${facts.region}`,
    ...{ model_id: model.id, model_name: model.name, provider_name: providerName },
    ...{ context_length: context ?? 0, max_prompt_tokens: context ?? null },
    max_completion_tokens: facts.outputTokensMax ?? model.outputTokensMax ?? null,
    ...{ quantization: facts.quantization ?? null, region: facts.region ?? null },
    ...{ zdr: facts.keepsNothing, data_collection: facts.collectsData ? 'allow' : 'deny' },
    supported_parameters: model.supportedParameters.filter((name) => offer.capabilities[name] !== false),
    supports_implicit_caching: prices.cached_input !== undefined,
    ...offerPricing(prices),
    ...measured(api.health.of(offer.id), api.clock.monotonicMs()),
  }
}

const statuses = { well: 0, limited: -1, ejected: -2, silent: -2 } as const

function measured(record: OfferRecord | undefined, nowMs: number) {
  const over = (spanMs: number): number | null => {
    const counts = record?.windows.countsOver(spanMs, nowMs)
    const total = counts ? counts.ok + counts.failed : 0
    return counts && total > 0 ? Math.round((10_000 * counts.ok) / total) / 100 : null
  }
  const percentilesOf = (measure: 'firstByteMs' | 'tokensPerSecond') => {
    const values = percentiles.map((name) => record?.windows.percentileOver(measure, name, spans.halfHour, nowMs))
    const [p50, p75, p90, p99] = values.map((value) => Math.round((value ?? 0) * 10) / 10)
    return values[0] === undefined ? null : { p50: p50!, p75: p75!, p90: p90!, p99: p99! }
  }
  return {
    status: statuses[record?.standing(nowMs).kind ?? 'well'],
    uptime_last_5m: over(spans.fiveMinutes),
    uptime_last_30m: over(spans.halfHour),
    uptime_last_1d: over(spans.day),
    latency_last_30m: percentilesOf('firstByteMs'),
    throughput_last_30m: percentilesOf('tokensPerSecond'),
  }
}
