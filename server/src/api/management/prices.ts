import { z } from '@hono/zod-openapi'
import { AppError } from '../../core/errors.ts'
import { isUuid } from '../../core/ids.ts'
import { toCreditsPerUnit, toUsdPerMillion } from '../../core/money.ts'
import { createPrice, listPrices, type Price } from '../../catalog/index.ts'
import { unitClasses } from '../../credits/index.ts'
import { notFound } from '../faults.ts'
import { dataOf, idField, priceField, timeField, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { fromCursor, pageFields, pageFrom, pageOf } from '../pages.ts'
import { modelIdField } from './models.ts'

const tag = 'Prices'
const allowed = 'operator'

const price = z
  .object({
    id: z.string().openapi({ format: 'uuid' }),
    model_id: z.string(),
    offer_id: z.string().nullable().openapi({ description: 'Set when it is the price of one offer only.' }),
    class: z.enum(unitClasses),
    usd_per_million: z.string().openapi({ example: '0.15' }),
    credits_per_unit: z.string().openapi({ example: '0.3' }),
    valid_from: timeText,
    source: z.string().openapi({ description: '`operator`, or a price list and its date.' }),
  })
  .openapi('Price')

const classField = z.enum(unitClasses, { error: `must be one of ${unitClasses.join(', ')}` })

const postPrice = operation({
  id: 'createPrice',
  method: 'post',
  path: '/prices',
  tag,
  summary: 'Set a price from a moment on',
  description:
    'Prices are immutable: a change is a new price. It goes before any price list. Calls under way keep the prices that ' +
    'they began with.',
  allowed,
  changes: 'catalog',
  body: z.strictObject({
    model_id: modelIdField,
    offer_id: idField.optional(),
    class: classField,
    usd_per_million: priceField,
    valid_from: timeField.optional().openapi({ description: 'Now, unless said.' }),
  }),
  answer: dataOf(price),
  status: 201,
  audit: { kind: 'price' },
  run: async ({ api, db, body }) => {
    const created = await createPrice(db, {
      id: api.makeId(),
      modelId: body.model_id,
      offerId: body.offer_id,
      class: body.class,
      perMillion: body.usd_per_million,
      validFrom: body.valid_from,
      now: new Date(api.clock.nowMs()),
    })
    switch (created.kind) {
      case 'created':
        return { data: inWords(created.price) }
      case 'unknown-model':
        throw notFound('model', 'model_id')
      case 'unknown-offer':
        throw notFound('offer of this model', 'offer_id')
      case 'exists':
        throw conflict('There is a price of this class from that very moment, and prices never change.')
      case 'superseded':
        throw conflict(`A price that is valid from ${created.by.validFrom.toISOString()} is in force already.`)
    }
  },
})

const getPrices = operation({
  id: 'listPrices',
  method: 'get',
  path: '/prices',
  tag,
  summary: 'List prices, past and future ones too, newest first',
  allowed,
  query: z.strictObject({ ...pageFields, model_id: modelIdField.optional(), offer_id: idField.optional() }),
  answer: pageOf(price),
  run: async ({ db, query }) => {
    const [beforeId] = fromCursor(query.cursor, [isUuid]) ?? []
    const { model_id: modelId, offer_id: offerId, limit } = query
    const rows = await listPrices(db, { modelId, offerId, beforeId, limit: limit + 1 })
    return pageFrom(rows, limit, { entry: inWords, position: ({ id }) => [id] })
  },
})

export const priceOperations: readonly AnyOperation[] = [postPrice, getPrices]

const inWords = (found: Price): z.input<typeof price> => ({
  id: found.id,
  model_id: found.modelId,
  offer_id: found.offerId ?? null,
  class: found.class,
  usd_per_million: toUsdPerMillion(found.perMillion),
  credits_per_unit: toCreditsPerUnit(found.perMillion),
  valid_from: found.validFrom.toISOString(),
  source: found.source,
})

const conflict = (message: string) => new AppError('conflict', { message, param: 'valid_from' })
