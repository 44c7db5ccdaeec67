import { z } from '@hono/zod-openapi'
import { add, nanoUsdPerMillion, toCredits, toCreditsPerUnit, zero } from '../../core/money.ts'
import { billOf, type Usage, usageBy, unitClasses, type UnitClass, type Units } from '../../credits/index.ts'
import type { CatalogSnapshot, PriceTable } from '../../catalog/index.ts'
import { accountMeant } from '../auth.ts'
import { invalid, notFound } from '../faults.ts'
import { creditsText, dataOf, idField, timeField, timeText } from '../fields.ts'
import { unitsSchema } from '../generation.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { bucketStart, moved } from '../time-buckets.ts'

const modelsMost = 20
const count = z.number().int()
const fineText = z.string().openapi({ description: 'Decimal credits, before rounding.' })

const modelsField = z
  .string()
  .min(1)
  .max(modelsMost * 201)
  .transform((text) => [...new Set(text.split(','))])
  .refine((ids) => ids.length <= modelsMost, { error: `at most ${modelsMost} models` })
  .openapi({ type: 'string', description: 'Ids or aliases of models, separated by commas.', example: 'openai/gpt-4o' })

const ownSpend = z.object({ model: z.string(), calls: count, units: unitsSchema, credits: creditsText })

const line = z.object({
  class: z.enum(unitClasses),
  units: count,
  credits_per_unit: fineText,
  line_credits: fineText.openapi({ description: 'Units x price, not rounded.' }),
})

const estimate = z.object({
  model: z.string(),
  name: z.string(),
  credits: creditsText.openapi({ description: 'What all priced units would have cost; the sum is rounded up once.' }),
  lines: z.array(line),
  unpriced: z.array(z.object({ class: z.enum(unitClasses), units: count })).openapi({
    description: 'Used, but without a price there: not in `credits`, and such calls would have been refused.',
  }),
  change: z
    .number()
    .nullable()
    .openapi({ description: 'Against what was charged: -0.5 is half. Null where nothing was.' }),
})

const getWhatIf = operation({
  id: 'getWhatIf',
  method: 'get',
  path: '/usage/what-if',
  tag: 'Usage',
  summary: 'Get what the use of a time would have cost on other models, at their prices of now',
  description:
    'The units that were used, class by class, at the list prices of each model: the arithmetic of every bill, but rounded ' +
    'once for all calls, where each call rounds by itself (by less than 0.002 credits). Another tokenizer would have counted ' +
    'other tokens: take it as an estimate. The calendar month before this one (UTC) unless `from` or `to` is given.',
  allowed: 'management',
  query: z.strictObject({
    model_id: modelsField,
    account_id: idField.optional().openapi({ description: 'Absent: the own account.' }),
    key_id: idField.optional(),
    used_model: z.string().min(1).max(200).optional().openapi({ description: 'Only what was used of this model.' }),
    from: timeField.optional(),
    to: timeField.optional(),
  }),
  answer: dataOf(
    z
      .object({
        from: timeText,
        to: timeText,
        actual: z.object({ calls: count, units: unitsSchema, credits: creditsText }),
        by_model: z.array(ownSpend).openapi({ description: 'What was used, dearest first.' }),
        what_if: z.array(estimate).openapi({ description: 'In the order in which models were asked for.' }),
      })
      .openapi('WhatIf'),
  ),
  run: async ({ api, db, bearer, query }) => {
    const nowMs = api.clock.nowMs()
    const { from, to } = spanOf(query, new Date(nowMs))
    const accountId = accountMeant(bearer, query.account_id)
    const catalog = api.catalog.current()
    const models = query.model_id.map((name) => modelNamed(catalog, name))
    const used = await usageBy(db, { accountId, keyId: query.key_id, from, to, groupBy: ['model'] })
    const rows = used.filter(({ model }) => query.used_model === undefined || model === query.used_model)
    const units = rows.reduce((sum, row) => addUnits(sum, row.units), {} as Units)
    const charged = rows.reduce((sum, row) => add(sum, row.charged), zero)
    return {
      data: {
        from: from.toISOString(),
        to: to.toISOString(),
        actual: { calls: rows.reduce((sum, { calls }) => sum + calls, 0), units, credits: toCredits(charged) },
        by_model: rows.toSorted(dearestFirst).map(ofModel),
        what_if: models.map(({ id, name }) => ({
          model: id,
          name,
          ...estimateOf(units, catalog.listPrices(id, nowMs), charged),
        })),
      },
    }
  },
})

export const whatIfOperations: readonly AnyOperation[] = [getWhatIf]

type Span = { readonly from?: Date | undefined; readonly to?: Date | undefined }

function spanOf({ from, to }: Span, now: Date): { from: Date; to: Date } {
  const thisMonth = bucketStart(now, 'month', 'UTC')
  const until = to ?? (from ? now : thisMonth)
  const since = from ?? moved(until, -1, 'month', 'UTC')
  if (since >= until) throw invalid('from: must be before to', 'from')
  return { from: since, to: until }
}

function modelNamed(catalog: CatalogSnapshot, name: string) {
  const model = catalog.findModel(name)
  if (!model) throw notFound(`model: ${name.slice(0, 200)}`, 'model_id')
  return model
}

const addUnits = (a: Units, b: Units): Units =>
  Object.fromEntries(
    unitClasses.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)] as const).filter(([, sum]) => sum > 0),
  )

const dearestFirst = (a: Usage, b: Usage): number =>
  Number(b.charged - a.charged) || (a.model ?? '').localeCompare(b.model ?? '')

const ofModel = ({ model = '', calls, units, charged }: Usage) => ({ model, calls, units, credits: toCredits(charged) })

/** The bill of all units that have a price; the others beside it. */
function estimateOf(units: Units, prices: PriceTable, charged: bigint) {
  const whole = billOf(units, prices)
  const unpriced: readonly UnitClass[] = whole.kind === 'unpriced' ? whole.classes : []
  const priced = Object.fromEntries(Object.entries(units).filter(([name]) => !unpriced.includes(name as UnitClass)))
  const bill = whole.kind === 'billed' ? whole : billOf(priced, prices)
  if (bill.kind === 'unpriced') throw new Error('what has a price can be billed')
  return {
    credits: toCredits(bill.cost),
    lines: bill.lines.map((each) => ({
      class: each.class,
      units: each.units,
      credits_per_unit: toCreditsPerUnit(each.perMillion),
      line_credits: toCreditsPerUnit(nanoUsdPerMillion(BigInt(each.units) * each.perMillion)),
    })),
    unpriced: unpriced.map((name) => ({ class: name, units: units[name] ?? 0 })),
    change: charged === 0n ? null : Number(bill.cost - charged) / Number(charged),
  }
}
