/** OpenAI's GET /models and /models/{id}, with OpenRouter's fields and prices in credits beside them. */
import { z } from '@hono/zod-openapi'
import { AppError } from '../core/errors.ts'
import { findModelItem, listModelItems, type ModelItem } from '../catalog/index.ts'
import { type AnyOperation, operation } from './operation.ts'
import type { ApiOptions } from './options.ts'

const tag = 'Models'
const pricing = z
  .object({ prompt: z.string(), completion: z.string(), request: z.string() })
  .catchall(z.string())
  .openapi({ description: "Decimal text per single unit, by OpenRouter's names of the classes." })

const listedModel = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: z.number().int(),
    owned_by: z.string(),
    canonical_slug: z.string(),
    name: z.string(),
    description: z.string(),
    aliases: z.array(z.string()),
    context_length: z.number().int().nullable(),
    architecture: z.object({
      modality: z.string(),
      input_modalities: z.array(z.string()),
      output_modalities: z.array(z.string()),
      tokenizer: z.string(),
      instruct_type: z.null(),
    }),
    pricing: pricing.openapi({ description: 'USD, at the cheapest offer.' }),
    pricing_credits: pricing.openapi({ description: 'Credits, at the cheapest offer.' }),
    pricing_max: pricing.openapi({
      description: 'USD, of each class at its dearest offer: the most that a call may cost, whoever answers it.',
    }),
    pricing_max_credits: pricing.openapi({ description: 'The same in credits.' }),
    top_provider: z.object({
      context_length: z.number().int().nullable(),
      max_completion_tokens: z.number().int().nullable(),
      is_moderated: z.literal(false),
    }),
    per_request_limits: z.null(),
    supported_parameters: z.array(z.string()),
    default_parameters: z.null(),
    supported_voices: z.null(),
    providers: z.array(z.string()).openapi({ description: 'Who serves it now.' }),
    links: z.object({ details: z.string() }),
  })
  .openapi('Model')

/** OpenAI's list of models, OpenRouter's too. */
export const modelListSchema = z.object({
  object: z.literal('list'),
  data: z.array(listedModel),
  total_count: z.number().int(),
  links: z.object({ next: z.null() }),
})

/** All models at once, from an offset on, which is where clients that page find the end. */
export function modelList({ catalog, clock }: ApiOptions, offset = 0): z.input<typeof modelListSchema> {
  const models = listModelItems(catalog.current(), clock.nowMs())
  const data = models.slice(offset).map(withLinks)
  return { object: 'list', data, total_count: models.length, links: { next: null } }
}

const getListedModels = operation({
  id: 'listModels',
  method: 'get',
  path: '/models',
  tag,
  summary: 'List the models that can be called now, with their prices',
  allowed: 'anyone',
  answer: modelListSchema,
  run: ({ api }) => modelList(api),
})

const getListedModel = operation({
  id: 'getModel',
  method: 'get',
  path: '/models/{+id}',
  tag,
  summary: 'Get a model that can be called now, by id or alias',
  allowed: 'anyone',
  params: z.strictObject({ id: z.string().max(300) }),
  answer: listedModel,
  run: ({ api, params: { id } }) => {
    const item = findModelItem(api.catalog.current(), id, api.clock.nowMs())
    if (item) return withLinks(item)
    throw new AppError('model_not_found', { message: `The model '${id}' does not exist here.`, param: 'model' })
  },
})

export const listedModelOperations: readonly AnyOperation[] = [getListedModels, getListedModel]

const withLinks = (item: ModelItem): z.input<typeof listedModel> => ({
  ...item,
  aliases: [...item.aliases],
  architecture: {
    ...item.architecture,
    input_modalities: [...item.architecture.input_modalities],
    output_modalities: [...item.architecture.output_modalities],
  },
  supported_parameters: [...item.supported_parameters],
  supported_voices: null,
  providers: [...item.providers],
  links: { details: `/v1/models/${item.id}` },
})
