import { z } from '@hono/zod-openapi'
import type { Uuid } from '../../core/ids.ts'
import { add, type NanoUsd, type NanoUsdPerMillion, toCredits, toUsdPerMillion, zero } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { findAccount } from '../../accounts/index.ts'
import {
  findModel,
  type Offer,
  type Price,
  type PriceChange,
  type PriceDraft,
  type PriceTable,
  previewPrices,
  pricesOfModel,
} from '../../catalog/index.ts'
import { billOf, type OfferUsage, type UnitClass, unitClasses, usageByOffer } from '../../credits/index.ts'
import { notFound } from '../faults.ts'
import { creditsText, dataOf, idField, priceField, timeField, timeText } from '../fields.ts'
import { type AnyOperation, operation } from '../operation.ts'
import { modelIdField } from './models.ts'

const dayMs = 86_400_000
const days = 30
const accountsMost = 10

const percentText = z.string().nullable().openapi({ example: '12.5', description: 'Decimal; `null`: of nothing.' })
const usdText = z.string().nullable().openapi({ example: '0.15', description: 'USD per million.' })

const line = z.object({
  class: z.enum(unitClasses),
  before: usdText,
  after: usdText,
  change_percent: percentText,
  listed: usdText.openapi({ description: 'What a price list says that it costs at its maker.' }),
  above_list_percent: percentText.openapi({ description: 'How much of the new price is above the price list.' }),
})

const preview = z
  .object({
    model_id: z.string(),
    offer_id: z.string().nullable(),
    valid_from: timeText,
    prices: z.array(line).openapi({ description: 'Of the model, or of the one offer: each class that has a price.' }),
    offers: z
      .array(
        z.object({
          id: z.string().openapi({ format: 'uuid' }),
          provider_name: z.string(),
          is_affected: z.boolean().openapi({ description: 'Whether calls through it would cost anything else.' }),
          provider_share_bps: z.number().int(),
          prices: z.array(
            line.extend({
              owed: usdText.openapi({ description: 'The part of the new price that is owed to the provider.' }),
              margin_percent: percentText.openapi({ description: 'What is left of the new price.' }),
            }),
          ),
        }),
      )
      .openapi({ description: 'What callers would pay through each, now or then.' }),
    usage: z.object({
      from: timeText,
      counted_from: timeText.openapi({
        description: 'Later than `from` where there are too many receipts to look at.',
      }),
      calls: z.number().int(),
      charged: creditsText,
      before: creditsText.nullable().openapi({ description: 'At the prices without the new ones.' }),
      after: creditsText.nullable().openapi({ description: 'At the new ones. `null`: a class in use has no price.' }),
      change_percent: percentText,
    }),
    accounts: z
      .array(
        z.object({
          id: z.string().openapi({ format: 'uuid' }),
          name: z.string(),
          calls: z.number().int(),
          before: creditsText.nullable(),
          after: creditsText.nullable(),
        }),
      )
      .openapi({ description: `Those whose bill changes most, at most ${accountsMost}.` }),
  })
  .openapi('PricePreview')

const prices = z
  .partialRecord(z.enum(unitClasses), priceField)
  .refine((record) => Object.keys(record).length > 0, { error: 'must have at least one price' })
  .openapi({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Class -> USD per million.',
    example: { input: '0.15', output: '0.6' },
  })

const postPreview = operation({
  id: 'previewPrices',
  method: 'post',
  path: '/prices/preview',
  tag: 'Prices',
  summary: 'Tell what new prices would do, before they are set',
  description:
    'Nothing is stored. Usage is that of the last 30 days (of the newest 200,000 calls, where there are more), each account ' +
    'billed as one for each offer that answered, at the prices in force when the new would begin. Of a price of one offer: ' +
    'its own calls.',
  allowed: 'operator',
  readsOnly: true,
  body: z.strictObject({
    model_id: modelIdField,
    offer_id: idField.optional(),
    prices,
    valid_from: timeField.optional().openapi({ description: 'Now, unless said.' }),
  }),
  answer: dataOf(preview),
  run: async ({ api, db, body }) => {
    const now = new Date(api.clock.nowMs())
    const draft: PriceDraft = {
      modelId: body.model_id,
      offerId: body.offer_id,
      validFrom: body.valid_from ?? now,
      prices: body.prices,
    }
    if (!(await findModel(db, draft.modelId))) throw notFound('model', 'model_id')
    const offers = api.catalog.current().offersOf(draft.modelId)
    const meant = offers.find(({ id }) => id === draft.offerId)
    if (draft.offerId !== undefined && !meant) throw notFound('offer of this model', 'offer_id')
    const known = await pricesOfModel(db, draft.modelId)
    const change = previewPrices(known, draft, meant)
    const from = new Date(Math.floor((now.getTime() - days * dayMs) / dayMs) * dayMs)
    return {
      data: {
        model_id: draft.modelId,
        offer_id: draft.offerId ?? null,
        valid_from: draft.validFrom.toISOString(),
        prices: linesOf(change),
        offers: offers.map((offer) => offerInWords(offer, previewPrices(known, draft, offer))),
        ...(await usageOf(db, { known, draft, from })),
      },
    }
  },
})

export const pricePreviewOperations: readonly AnyOperation[] = [postPreview]

const usdOrNull = (price: NanoUsdPerMillion | undefined) => (price === undefined ? null : toUsdPerMillion(price))

function linesOf({ before, after, listed }: PriceChange): z.input<typeof line>[] {
  return unitClasses
    .filter((name) => before[name] ?? after[name])
    .map((name) => {
      const [old, next, list] = [before, after, listed].map((table) => table[name]?.perMillion)
      return {
        class: name,
        before: usdOrNull(old),
        after: usdOrNull(next),
        change_percent: old === undefined || next === undefined ? null : inPercent(next - old, old),
        listed: usdOrNull(list),
        above_list_percent: list === undefined || next === undefined ? null : inPercent(next - list, next),
      }
    })
}

function offerInWords(offer: Offer, change: PriceChange) {
  const share = BigInt(offer.providerShareBps)
  const owedOf = (name: UnitClass): NanoUsdPerMillion | undefined => {
    const price = change.after[name]?.perMillion
    return price === undefined ? undefined : (((price * share) / 10_000n) as NanoUsdPerMillion)
  }
  return {
    id: offer.id,
    provider_name: offer.providerName,
    is_affected: unitClasses.some((name) => change.before[name]?.perMillion !== change.after[name]?.perMillion),
    provider_share_bps: offer.providerShareBps,
    prices: linesOf(change).map((each) => {
      const margin_percent = each.after === null ? null : inPercent(10_000n - share, 10_000n)
      return { ...each, owed: usdOrNull(owedOf(each.class)), margin_percent }
    }),
  }
}

type Bills = {
  readonly accountId: Uuid
  readonly calls: number
  readonly charged: NanoUsd
  /** `undefined`: a class in use has no price. */
  readonly before: NanoUsd | undefined
  readonly after: NanoUsd | undefined
}

type UsageAsked = { readonly known: readonly Price[]; readonly draft: PriceDraft; readonly from: Date }

async function usageOf(db: Db, { known, draft, from }: UsageAsked) {
  const found = await usageByOffer(db, { modelId: draft.modelId, from })
  const bills = found.figures
    .filter(({ offerId }) => draft.offerId === undefined || offerId === draft.offerId)
    .map((usage) =>
      billsOf(usage, previewPrices(known, draft, usage.offerId === undefined ? undefined : { id: usage.offerId })),
    )
  const accounts = [...Map.groupBy(bills, ({ accountId }) => accountId).values()].map(together)
  const all = together(bills)
  const most = accounts.toSorted((a, b) => Number(differenceOf(b) - differenceOf(a))).slice(0, accountsMost)
  return {
    usage: {
      from: from.toISOString(),
      counted_from: found.countedFrom.toISOString(),
      calls: all.calls,
      charged: toCredits(all.charged),
      before: creditsOrNull(all.before),
      after: creditsOrNull(all.after),
      change_percent:
        all.before === undefined || all.after === undefined ? null : inPercent(all.after - all.before, all.before),
    },
    accounts: await Promise.all(
      most.map(async ({ accountId, calls, before, after }) => ({
        id: accountId,
        name: (await findAccount(db, accountId))?.name ?? '',
        calls,
        before: creditsOrNull(before),
        after: creditsOrNull(after),
      })),
    ),
  }
}

const billsOf = (usage: OfferUsage, { before, after }: PriceChange): Bills => ({
  accountId: usage.accountId,
  calls: usage.calls,
  charged: usage.charged,
  before: costOf(usage, before),
  after: costOf(usage, after),
})

/** The sum; of an account, where all are of one. */
const together = (bills: readonly Bills[]): Bills => ({
  accountId: bills[0]?.accountId ?? '',
  calls: bills.reduce((sum, { calls }) => sum + calls, 0),
  charged: bills.reduce((sum, { charged }) => add(sum, charged), zero),
  before: sumOf(bills.map(({ before }) => before)),
  after: sumOf(bills.map(({ after }) => after)),
})

const creditsOrNull = (amount: NanoUsd | undefined) => (amount === undefined ? null : toCredits(amount))

function costOf({ units }: OfferUsage, table: PriceTable): NanoUsd | undefined {
  const bill = billOf(units, table)
  return bill.kind === 'billed' ? bill.cost : undefined
}

const sumOf = (amounts: readonly (NanoUsd | undefined)[]): NanoUsd | undefined =>
  amounts.reduce((sum, amount) => (sum === undefined || amount === undefined ? undefined : add(sum, amount)), zero)

function differenceOf({ before = zero, after = zero }: { before?: NanoUsd | undefined; after?: NanoUsd | undefined }) {
  return after > before ? after - before : before - after
}

/** Hundredths of a percent, rounded down, as decimal text. */
function inPercent(part: bigint, whole: bigint): string | null {
  if (whole === 0n) return null
  const hundredths = (part * 10_000n) / whole
  const size = (hundredths < 0n ? -hundredths : hundredths).toString().padStart(3, '0')
  const fraction = size.slice(-2).replace(/0+$/, '')
  return `${hundredths < 0n ? '-' : ''}${size.slice(0, -2)}${fraction === '' ? '' : `.${fraction}`}`
}
