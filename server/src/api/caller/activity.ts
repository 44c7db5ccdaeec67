import { z } from '@hono/zod-openapi'
import { toCredits, toUsdNumber } from '../../core/money.ts'
import { type Usage, usageBy } from '../../credits/index.ts'
import { accountIdOf } from '../auth.ts'
import { creditsText, listOf } from '../fields.ts'
import { tokensOf } from '../generation.ts'
import { labelFields, labelsAsked } from '../label-filter.ts'
import { operation } from '../operation.ts'

const dayMs = 86_400_000
const daysShown = 30

const entry = z
  .object({
    date: z.string().openapi({ example: '2026-01-31' }),
    model: z.string(),
    model_permaslug: z.string(),
    endpoint_id: z.literal(''),
    provider_name: z.literal(''),
    usage: z.number().openapi({ description: 'USD, for display.' }),
    usage_credits: creditsText,
    byok_usage_inference: z.literal(0),
    requests: z.number().int(),
    prompt_tokens: z.number().int(),
    completion_tokens: z.number().int(),
    reasoning_tokens: z.number().int(),
  })
  .openapi('Activity', { description: 'What one model was used for on one day (UTC).' })

export const getActivity = operation({
  id: 'getActivity',
  method: 'get',
  path: '/activity',
  tag: 'Your key',
  summary: "Sum up the key's use by day and model: today and the 30 days before",
  description:
    "A management key, like a member, sees all keys of its account. OpenRouter's GET /activity, with exact credits and today.",
  allowed: 'key',
  query: z.strictObject({
    date: z.iso
      .date({ error: 'must be a day such as 2026-01-31' })
      .optional()
      .openapi({ description: 'This day only.' }),
    ...labelFields,
  }),
  answer: listOf(entry),
  run: async ({ api, db, bearer, query }) => {
    const rows = await usageBy(db, {
      accountId: accountIdOf(bearer),
      keyId: bearer.caller?.key.kind === 'inference' ? bearer.caller.key.id : undefined,
      groupBy: ['day', 'model'],
      labels: labelsAsked(query, undefined, api.clock.nowMs()).labels,
      ...daysOf(query.date, api.clock.nowMs()),
    })
    const newestFirst = rows.toSorted((a, b) => compare(b.day, a.day) || compare(a.model, b.model))
    return { data: newestFirst.map(inWords) }
  },
})

function daysOf(date: string | undefined, nowMs: number): { from: Date; to: Date } {
  const startMs = date === undefined ? nowMs - (nowMs % dayMs) - daysShown * dayMs : Date.parse(date)
  const days = date === undefined ? daysShown + 1 : 1
  return { from: new Date(startMs), to: new Date(startMs + days * dayMs) }
}

const compare = (a = '', b = ''): number => (a < b ? -1 : Number(a > b))

function inWords({ day = '', model = '', calls, units, charged }: Usage): z.input<typeof entry> {
  const { tokens_prompt, tokens_completion, native_tokens_reasoning } = tokensOf(units)
  return {
    date: day,
    model,
    model_permaslug: model,
    endpoint_id: '',
    provider_name: '',
    usage: toUsdNumber(charged),
    usage_credits: toCredits(charged),
    byok_usage_inference: 0,
    requests: calls,
    prompt_tokens: tokens_prompt,
    completion_tokens: tokens_completion,
    reasoning_tokens: native_tokens_reasoning,
  }
}
