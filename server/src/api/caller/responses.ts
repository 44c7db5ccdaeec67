import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { deleteResponse, findResponse, type StoredResponse } from '../../gateway/index.ts'
import { callerOf } from '../auth.ts'
import { type AnyOperation, operation, type Request } from '../operation.ts'

const tag = 'Stored responses'
const params = z.strictObject({
  id: z.string().openapi({ example: 'resp_01980f3e7c1a700080000123456789ab' }),
})

const kept =
  'Responses are stored where the server (`REDPILL_STORE_ANSWERS`) or the key (`store_answers`) lets answers be stored ' +
  'and the request does not say `store: false`; sealed, for keys of their account, for 24 hours.'

const notStored = (): AppError =>
  new AppError('not_found', {
    message:
      'There is no such response: it was not stored, was deleted, or its time is over. Answers are stored where the server or the key is set to, for 24 hours.',
  })

type Asked = Pick<Request<typeof params, undefined, undefined>, 'api' | 'db' | 'bearer' | 'params'>

async function storedMeant({ api, db, bearer, params: { id } }: Asked): Promise<StoredResponse> {
  const { clock, secrets } = api
  const found = await findResponse({ db, clock, secrets }, callerOf(bearer).accountId, id)
  if (!found) throw notStored()
  return found
}

const getResponse = operation({
  id: 'getResponse',
  method: 'get',
  path: '/responses/{id}',
  tag,
  summary: 'Get a stored response',
  description: kept,
  allowed: 'key',
  params,
  answer: z
    .looseObject({ id: z.string(), object: z.literal('response'), output: z.array(z.looseObject({})) })
    .openapi('StoredResponse', { description: 'As it was answered.' }),
  run: async (request) => (await storedMeant(request)).response as never,
})

const pageMax = 100

const listInputItems = operation({
  id: 'listResponseInputItems',
  method: 'get',
  path: '/responses/{id}/input_items',
  tag,
  summary: 'List what a stored response was told',
  description: 'The items of its input, after those of the responses that it went on from. ' + kept,
  allowed: 'key',
  params,
  query: z.object({
    after: z.string().optional(),
    limit: z.coerce.number().int().min(1).max(pageMax).default(20),
    order: z.enum(['asc', 'desc']).default('desc'),
  }),
  answer: z.object({
    object: z.literal('list'),
    data: z.array(z.looseObject({ id: z.string() })),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  }),
  async run({ query: { after, limit, order }, ...request }) {
    const { input } = await storedMeant(request)
    const items = input.map((item, index) => named(item, request.params.id, index))
    if (order === 'desc') items.reverse()
    const begin = after === undefined ? 0 : items.findIndex(({ id }) => id === after) + 1
    const data = items.slice(begin, begin + limit)
    return {
      ...{ object: 'list' as const, data },
      ...{ first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null },
      has_more: begin + limit < items.length,
    }
  },
})

/** An item as it is listed: callers seldom name theirs. */
const named = (item: JsonObject, responseId: string, index: number): JsonObject & { readonly id: string } => ({
  ...item,
  ...(item['type'] === undefined && { type: 'message' }),
  id: typeof item['id'] === 'string' ? item['id'] : `item_${responseId.replace(/^resp_/, '')}${index}`,
})

const deleteStoredResponse = operation({
  id: 'deleteResponse',
  method: 'delete',
  path: '/responses/{id}',
  tag,
  summary: 'Delete a stored response',
  description: 'What went on from it has the conversation still. ' + kept,
  allowed: 'key',
  permission: 'keys',
  params,
  answer: z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) }),
  audit: 'nothing',
  async run({ api, db, bearer, params: { id } }) {
    const { accountId } = callerOf(bearer)
    if (!(await deleteResponse({ db, clock: api.clock }, accountId, id))) throw notStored()
    return { id, object: 'response' as const, deleted: true as const }
  },
})

/** Under `/v1` alone: what was said is for the keys that said it, and for no page. */
export const responseOperations: readonly AnyOperation[] = [getResponse, listInputItems, deleteStoredResponse]
