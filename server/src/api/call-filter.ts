import { z } from '@hono/zod-openapi'
import type { ChargeFilter, StatusAsked } from '../credits/index.ts'
import { accountsMeant, type Bearer } from './auth.ts'
import { invalid } from './faults.ts'
import { creditsField, idField, timeField } from './fields.ts'
import { labelFields, labelsAsked } from './label-filter.ts'
import { modelIdField } from './management/models.ts'

const states = ['ok', 'aborted', 'failed', 'interrupted'] as const
const endpoints = ['chat', 'completions', 'embeddings', 'rerank', 'moderations'] as const

const flag = (description: string) =>
  z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .optional()
    .openapi({ type: 'boolean', description })

const milliseconds = (description: string) =>
  z
    .string()
    .regex(/^\d{1,9}$/, { error: 'must be whole milliseconds' })
    .transform(Number)
    .optional()
    .openapi({ type: 'integer', minimum: 0, description })

const name = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => !text.includes('\0') && text.isWellFormed(), { error: 'must be text' })
  .optional()

const statusField = z
  .string()
  .regex(/^(?:[1-5]\d\d|ok|error)$/, { error: 'must be a status such as 429, or ok, or error' })
  .transform((text): StatusAsked => (text === 'ok' || text === 'error' ? text : Number(text)))
  .optional()
  .openapi({
    type: 'string',
    description: 'HTTP status as the caller saw it; `ok`: below 400; `error`: 400 and above, but for 499.',
    example: 'error',
  })

/** Query fields that narrow calls; all that are given must match. */
export const callFields = {
  account_id: idField.optional().openapi({ description: 'Absent: the own account; for the operator, all.' }),
  key_id: idField.optional(),
  model: modelIdField.optional().openapi({ description: 'The model that answered.' }),
  model_asked: name.openapi({ description: 'The model as the request named it.' }),
  provider: name,
  state: z.enum(states, { error: `must be one of ${states.join(', ')}` }).optional(),
  status: statusField,
  kind: z.enum(endpoints, { error: `must be one of ${endpoints.join(', ')}` }).optional(),
  finish_reason: name.openapi({ example: 'length' }),
  fallback: flag('Whether more than one offer was asked.'),
  streamed: flag('Whether the answer was a stream.'),
  min_credits: creditsField.optional().openapi({ description: 'Charged at least so much.' }),
  max_credits: creditsField.optional().openapi({ description: 'Charged at most so much.' }),
  min_first_token_ms: milliseconds('The first byte came no sooner.'),
  max_first_token_ms: milliseconds('The first byte came no later.'),
  min_duration_ms: milliseconds('The whole call took no less.'),
  max_duration_ms: milliseconds('The whole call took no more.'),
  from: timeField.optional().openapi({ description: 'Calls begun from then on.' }),
  to: timeField.optional().openapi({ description: 'Calls begun before then.' }),
  ...labelFields,
}

type CallQuery = z.output<z.ZodObject<typeof callFields>>

/** The filter that a query asks for, over calls that its bearer may see. */
export function callsAsked(bearer: Bearer, query: CallQuery, nowMs: number): ChargeFilter {
  const { labels, from } = labelsAsked(query, query.from, nowMs)
  const { to } = query
  if (from && to && from >= to) throw invalid('from: must be before to', 'from')
  return {
    ...{ labels, from, to },
    accountId: accountsMeant(bearer, query.account_id),
    keyId: query.key_id,
    modelId: query.model,
    modelAsked: query.model_asked,
    provider: query.provider,
    state: query.state,
    status: query.status,
    endpoint: query.kind,
    finishReason: query.finish_reason,
    fallback: query.fallback,
    streamed: query.streamed,
    charged: { min: query.min_credits, max: query.max_credits },
    firstByteMs: { min: query.min_first_token_ms, max: query.max_first_token_ms },
    durationMs: { min: query.min_duration_ms, max: query.max_duration_ms },
  }
}
