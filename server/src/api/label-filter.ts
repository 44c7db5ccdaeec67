import { z } from '@hono/zod-openapi'
import { isObject, parseJson, type JsonObject } from '../core/json.ts'

const labelText = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => isStorableText(text), { error: 'must not have NUL' })
  .optional()

/** Query fields that look for what callers attached to their calls; all that are given must match. */
export const labelFields = {
  trace_id: labelText.openapi({ description: 'The `x-redpill-trace-id`, or trace of the `traceparent`, of the call.' }),
  user: labelText.openapi({ description: 'The `user` of the request.' }),
  session_id: labelText,
  app_title: labelText.openapi({ description: 'The `X-Title` of the app.' }),
  metadata: z
    .string()
    .max(8_192)
    .transform((text, context): JsonObject => {
      const pairs = parseJson(text)
      if (isObject(pairs) && Object.entries(pairs).every((pair) => pair.every(isStorableText))) return pairs
      context.addIssue({ code: 'custom', message: 'must be a JSON object of texts such as {"team":"red"}' })
      return z.NEVER
    })
    .optional()
    .openapi({
      type: 'string',
      description: 'JSON object of the pairs that the call must have.',
      example: '{"team":"red"}',
    }),
}

type LabelQuery = Readonly<Partial<Record<'trace_id' | 'user' | 'session_id' | 'app_title', string | undefined>>> & {
  readonly metadata?: JsonObject | undefined
}

const isStorableText = (text: unknown): boolean =>
  typeof text === 'string' && text.isWellFormed() && !text.includes('\0')

/** No index finds labels, so a search that names no beginning of time looks at the newest calls only. */
const daysSearched = 31
const dayMs = 86_400_000

/** The labels that were asked for, if any, and from when on to look. */
export function labelsAsked(
  { trace_id, user, session_id, app_title, metadata }: LabelQuery,
  from: Date | undefined,
  nowMs: number,
): { readonly labels: JsonObject | undefined; readonly from: Date | undefined } {
  const given = Object.entries({ trace_id, user, session_id, app_title, metadata }).filter(
    ([, value]) => value !== undefined,
  )
  if (given.length === 0) return { labels: undefined, from }
  return {
    labels: Object.fromEntries(given) as JsonObject,
    from: from ?? new Date(nowMs - daysSearched * dayMs),
  }
}
