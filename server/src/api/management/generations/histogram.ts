import { z } from '@hono/zod-openapi'
import { add, toCredits } from '../../../core/money.ts'
import { type Bar, chargeBars } from '../../../credits/index.ts'
import { callFields, callsAsked } from '../../call-filter.ts'
import { creditsText, dataOf, timeText } from '../../fields.ts'
import { operation } from '../../operation.ts'

const dayMs = 86_400_000
const count = z.number().int()

const barSchema = z.object({ start: timeText, end: timeText, calls: count, errors: count, credits: creditsText })

export const generationHistogram = operation({
  id: 'countGenerations',
  method: 'get',
  path: '/generations/histogram',
  tag: 'Usage',
  summary: 'Count calls over time, under the filters of the list',
  description:
    'The last 24 hours unless `from` is given; bars of equal length. The newest 50,000 receipts of that time are looked at: ' +
    'where there are more, `counted_from` tells from when on the bars are whole.',
  allowed: 'management',
  query: z.strictObject({
    bars: z
      .string()
      .regex(/^(?:[1-9]\d?|1\d\d|200)$/, { error: 'must be a whole number from 1 to 200' })
      .default('60')
      .transform(Number)
      .openapi({ type: 'integer', minimum: 1, maximum: 200, description: 'How many; 60 unless said.' }),
    ...callFields,
  }),
  answer: dataOf(
    z.object({
      from: timeText,
      to: timeText,
      bars: z.array(barSchema),
      total: z.object({ calls: count, errors: count, credits: creditsText }),
      counted_from: timeText.nullable(),
    }),
  ),
  run: async ({ api, db, bearer, query }) => {
    const nowMs = api.clock.nowMs()
    const toMs = query.to?.getTime() ?? nowMs
    const from = query.from ?? new Date(toMs - dayMs)
    const filter = callsAsked(bearer, { ...query, from, to: new Date(toMs) }, nowMs)
    const edges = edgesOf(from.getTime(), toMs, query.bars)
    const { bars, lookedFrom } = await chargeBars(db, filter, edges)
    return {
      data: {
        from: edges[0]!.toISOString(),
        to: edges.at(-1)!.toISOString(),
        bars: bars.map((bar, at) => ({
          start: edges[at]!.toISOString(),
          end: edges[at + 1]!.toISOString(),
          ...inWords(bar),
        })),
        total: inWords(bars.reduce(sum)),
        counted_from: lookedFrom?.toISOString() ?? null,
      },
    }
  },
})

/** Whole milliseconds, all apart; fewer where there is no room for so many. */
function edgesOf(fromMs: number, toMs: number, bars: number): Date[] {
  const parts = Math.min(bars, toMs - fromMs)
  return Array.from({ length: parts + 1 }, (_, at) => new Date(Math.round(fromMs + ((toMs - fromMs) * at) / parts)))
}

const sum = (a: Bar, b: Bar): Bar => ({
  calls: a.calls + b.calls,
  errors: a.errors + b.errors,
  charged: add(a.charged, b.charged),
})

const inWords = ({ calls, errors, charged }: Bar) => ({ calls, errors, credits: toCredits(charged) })
