import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { Db } from '../../platform/database/index.ts'
import {
  changeModel,
  createModel,
  deleteModel,
  findModel,
  listModels,
  type Modality,
  type Model,
} from '../../catalog/index.ts'
import { notFound } from '../faults.ts'
import { dataOf, deleted, nameField, timeText } from '../fields.ts'
import { modelList, modelListSchema } from '../listed-models.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, longPageFields, offsetField, pageFrom, pageOf } from '../pages.ts'
import { refuseDeletion } from './deletion.ts'

const tag = 'Models'
const allowed = 'operator'
const modalities = [
  'text',
  'image',
  'audio',
  'file',
  'embeddings',
  'rerank',
  'moderation',
] as const satisfies readonly Modality[]

export const modelIdField = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._:@/-]{0,199}$/, { error: 'small letters, digits and . _ : @ / -, at most 200' })
  .openapi({ example: 'openai/gpt-4o' })

const params = z.strictObject({ id: modelIdField })
const tokensField = z.int().min(1).max(2_000_000_000)
const modalityField = z.enum(modalities, { error: `must be one of ${modalities.join(', ')}` })
const modalitiesField = z
  .array(modalityField)
  .min(1)
  .max(modalities.length)
  .transform((list) => [...new Set(list)])
  .openapi({ type: 'array', items: { type: 'string', enum: [...modalities] } })
const parameterField = z.string().regex(/^[a-z0-9_]{1,64}$/, { error: 'the name of a request field, such as tools' })

const model = z
  .object({
    id: z.string(),
    aliases: z.array(z.string()),
    name: z.string(),
    description: z.string(),
    context_length: z.number().int().nullable().openapi({ description: 'Tokens of prompt and output together.' }),
    output_tokens_max: z.number().int().nullable(),
    input_modalities: z.array(z.enum(modalities)),
    output_modalities: z.array(z.enum(modalities)),
    supported_parameters: z.array(z.string()),
    disabled: z.boolean(),
    created_at: timeText,
  })
  .openapi('ManagedModel')

const properties = {
  aliases: z.array(modelIdField).max(50).optional(),
  name: nameField.optional(),
  description: z
    .string()
    .max(4_000)
    .refine((text) => !text.includes('\0'))
    .optional(),
  input_modalities: modalitiesField.optional(),
  output_modalities: modalitiesField.optional(),
  supported_parameters: z.array(parameterField).max(100).optional(),
}

const orNull = { type: ['integer', 'null'] as ['integer', 'null'], minimum: 1 }

const postModel = operation({
  id: 'createModel',
  method: 'post',
  path: '/models',
  tag,
  summary: 'Add a model',
  description: 'It can be called once it has an offer, and prices for what it uses.',
  allowed,
  changes: 'catalog',
  body: z.strictObject({
    id: modelIdField,
    context_length: tokensField.optional(),
    output_tokens_max: tokensField.optional(),
    ...properties,
  }),
  answer: dataOf(model),
  status: 201,
  audit: { kind: 'model' },
  run: async ({ api, db, body }) => {
    const { id, context_length: contextLength, output_tokens_max: outputTokensMax } = body
    const createdAt = new Date(api.clock.nowMs())
    const created = await createModel(db, { id, ...propertiesOf(body), contextLength, outputTokensMax, createdAt })
    if (created.kind === 'name-taken') throw nameTaken(created.name)
    return { data: inWords(created.model) }
  },
})

const getModels = operation({
  id: 'listManagedModels',
  method: 'get',
  path: '/models',
  tag,
  summary: 'List models by id, disabled ones too',
  description:
    "For the operator's key. Anyone else gets what can be called now, with prices, as from `/v1/models`: it is where OpenRouter's clients ask.",
  allowed: 'anyone-known',
  query: z.strictObject({ ...longPageFields, offset: offsetField }),
  answer: z.union([modelListSchema, pageOf(model)]),
  run: async ({ api, bearer, db, query }) => {
    if (bearer.role !== 'operator') return modelList(api, query.offset)
    const [afterId] = fromCursor(query.cursor, [isModelId]) ?? []
    const rows = await listModels(db, { afterId, limit: query.limit + 1 })
    return pageFrom(rows, query.limit, { entry: inWords, position: ({ id }) => [id] })
  },
})

const getModel = operation({
  id: 'getManagedModel',
  method: 'get',
  path: '/models/{+id}',
  tag,
  summary: 'Get a model',
  allowed,
  params,
  answer: dataOf(model),
  target: modelThere,
  run: ({ target }) => ({ data: inWords(target) }),
})

const patchModel = operation({
  id: 'changeModel',
  method: 'patch',
  path: '/models/{+id}',
  tag,
  summary: 'Change a model',
  description: 'What is absent stays; lists are replaced as a whole; `null` says that nobody knows.',
  allowed,
  changes: 'catalog',
  params,
  body: z.strictObject({
    ...properties,
    context_length: tokensField.nullable().optional().openapi(orNull),
    output_tokens_max: tokensField.nullable().optional().openapi(orNull),
    disabled: z.boolean().optional(),
  }),
  answer: dataOf(model),
  target: modelThere,
  audit: { kind: 'model', before: inWords },
  run: async ({ api, db, params: { id }, body }) => {
    const { context_length: contextLength, output_tokens_max: outputTokensMax, disabled } = body
    const change = { ...propertiesOf(body), contextLength, outputTokensMax, disabled }
    const changed = await changeModel(db, id, change, new Date(api.clock.nowMs()))
    if (changed.kind === 'unknown') throw notFound('model')
    if (changed.kind === 'name-taken') throw nameTaken(changed.name)
    return { data: inWords(changed.model) }
  },
})

const removeModel = operation({
  id: 'deleteModel',
  method: 'delete',
  path: '/models/{+id}',
  tag,
  summary: 'Delete a model that has no offer',
  allowed,
  changes: 'catalog',
  params,
  answer: deleted,
  target: modelThere,
  audit: { kind: 'model', before: inWords },
  run: async ({ api, db, params: { id } }) =>
    refuseDeletion('model', await deleteModel(db, id, new Date(api.clock.nowMs()))),
})

export const modelOperations: readonly AnyOperation[] = [postModel, getModels, getModel, patchModel, removeModel]

const isModelId = (text: string): boolean => modelIdField.safeParse(text).success

type Properties = z.output<z.ZodObject<typeof properties>>

const propertiesOf = (body: Properties) => ({
  aliases: body.aliases,
  name: body.name,
  description: body.description,
  inputModalities: body.input_modalities,
  outputModalities: body.output_modalities,
  supportedParameters: body.supported_parameters,
})

type About = { readonly db: Db; readonly params: { readonly id: string } }

async function modelThere({ db, params: { id } }: About): Promise<Model> {
  const found = await findModel(db, id)
  if (!found) throw notFound('model')
  return found
}

function inWords(found: Model): z.input<typeof model> {
  return {
    id: found.id,
    aliases: [...found.aliases],
    name: found.name,
    description: found.description,
    context_length: found.contextLength ?? null,
    output_tokens_max: found.outputTokensMax ?? null,
    input_modalities: [...found.inputModalities],
    output_modalities: [...found.outputModalities],
    supported_parameters: [...found.supportedParameters],
    disabled: found.disabled,
    created_at: found.createdAt.toISOString(),
  }
}

const nameTaken = (name: string) =>
  new AppError('conflict', { message: `Another model has the id or alias ${name}.`, metadata: { name } })
