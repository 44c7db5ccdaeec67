import { z } from '@hono/zod-openapi'
import { AppError } from '../core/errors.ts'
import { toCreditsPerUnit, toUsdPerMillion } from '../core/money.ts'
import { findModelItem, priceHistory } from '../catalog/index.ts'
import { unitClasses } from '../credits/index.ts'
import { timeText } from './fields.ts'
import { type AnyOperation, operation } from './operation.ts'

const step = z
  .object({
    class: z.enum(unitClasses),
    valid_from: timeText,
    usd_per_million: z.string().nullable().openapi({ example: '0.15', description: '`null`: no price any more.' }),
    credits_per_unit: z.string().nullable().openapi({ example: '0.3' }),
  })
  .openapi('PriceStep')

const answer = z.object({ data: z.object({ id: z.string(), name: z.string(), prices: z.array(step) }) })

const declare = (operationId: string, path: `/${string}`, names: readonly string[]) =>
  operation({
    id: operationId,
    method: 'get',
    path,
    tag: 'Models',
    summary: 'Which prices a model had, has and will have',
    description: 'As lists show them: those of the cheapest provider that serves it now. Oldest first.',
    allowed: 'anyone',
    params: z.strictObject(Object.fromEntries(names.map((name) => [name, z.string().max(200)]))),
    answer,
    run: ({ api, params }) => {
      const asked = names.map((name) => String(params[name])).join('/')
      const snapshot = api.catalog.current()
      const item = findModelItem(snapshot, asked, api.clock.nowMs())
      if (!item)
        throw new AppError('model_not_found', { message: `The model '${asked}' does not exist here.`, param: 'model' })
      const prices = priceHistory(snapshot, item.id).map(({ at, class: name, price }) => ({
        class: name,
        valid_from: at.toISOString(),
        usd_per_million: price ? toUsdPerMillion(price.perMillion) : null,
        credits_per_unit: price ? toCreditsPerUnit(price.perMillion) : null,
      }))
      return { data: { id: item.id, name: item.name, prices } }
    },
  })

export const modelPriceOperations: readonly AnyOperation[] = [
  declare('listModelPrices', '/models/{author}/{slug}/prices', ['author', 'slug']),
  declare('listPlainModelPrices', '/models/{slug}/prices', ['slug']),
]
