import { z } from '@hono/zod-openapi'
import { generationId, type Uuid } from '../core/ids.ts'
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { parseCredits, toCredits, toUsdNumber, zero } from '../core/money.ts'
import { type Charge, type OpenHold, unitClasses, type Units } from '../credits/index.ts'
import { numberOf, objectsOf, textOf } from './loose.ts'
import { billFields, billIn } from './bill.ts'
import { creditsText, timeText } from './fields.ts'

const usd = z.number().openapi({ description: 'USD, for display: the `*_credits` fields are exact.' })
const tokens = z.number().int()

export const unitsSchema = z
  .object(Object.fromEntries(unitClasses.map((unitClass) => [unitClass, tokens.optional()])))
  .openapi('Units', {
    description: 'How many of each class; the classes are disjoint, and an absent one was not used.',
  })

const attemptSchema = z.object({
  offer_id: z.string().nullable(),
  provider: z.string(),
  model: z.string().nullable().openapi({ description: 'Where it is not the model that was asked first.' }),
  own_key: z.boolean().openapi({ description: "Whether the account's own key was sent." }),
  why: z.string(),
  after_ms: z.number().openapi({ description: 'When it began, after the call did.' }),
  first_byte_ms: z.number().nullable().openapi({ description: 'When its first byte came, after it began.' }),
  ms: z.number().openapi({ description: 'How long it took.' }),
  outcome: z.string(),
  status: z.number().nullable(),
})

const plannedSchema = z.object({ provider: z.string(), model: z.string().nullable(), why: z.string() })

/** How it was decided; `null` where there was one offer and no question. See docs/routing.md. */
const routingSchema = z
  .object({
    untried: z.array(plannedSchema).openapi({ description: 'Offers that would have been asked next.' }),
    excluded: z.array(plannedSchema).openapi({ description: 'Offers that could not, or were not to, be asked.' }),
    keeps_conversation: z.boolean().openapi({ description: 'The next call of the conversation prefers this offer.' }),
    hedge_ms: z.number().nullable(),
    stopped_by: z.string().nullable().openapi({ description: '`retry budget`: too much has failed of late.' }),
  })
  .nullable()

/** What OpenRouter's generation has and we do not; its clients expect the fields. */
const absent = {
  cache_discount: z.null(),
  app_id: z.null(),
  user_agent: z.null(),
  moderation_latency: z.null(),
  num_media_prompt: z.null(),
  num_media_completion: z.null(),
  num_input_audio_prompt: z.null(),
  num_search_results: z.null(),
  num_fetches: z.null(),
  web_search_engine: z.null(),
  router: z.null(),
  preset_id: z.null(),
  service_tier: z.null(),
}

const nulls = Object.fromEntries(Object.keys(absent).map((name) => [name, null])) as Record<keyof typeof absent, null>

/** OpenRouter's word for both kinds of completions; other endpoints by their own names. */
const kinds = ['chat', 'completions', 'embeddings', 'rerank', 'moderations'] as const
const apiTypes = ['completions', 'embeddings', 'rerank', 'moderations'] as const

/** OpenRouter's receipt of a call (GET /generation), with ours beside it: state, exact credits, units, attempts. */
export const generationSchema = z
  .object({
    id: z.string().openapi({ example: 'gen-01980f3e-7c1a-7000-8000-0123456789ab' }),
    state: z.enum(['running', 'ok', 'aborted', 'failed', 'interrupted']),
    status: z.number().int().nullable().openapi({ description: 'HTTP status as the caller saw it; 499 for an abort.' }),
    account_id: z.string(),
    key_id: z.string(),
    created_at: timeText,
    settled_at: timeText.nullable(),
    model: z.string().openapi({ description: 'The model that answered.' }),
    model_asked: z.string().nullable().openapi({ description: 'As the request named it.' }),
    kind: z.enum(kinds).nullable(),
    provider_name: z.string().nullable(),
    credits: creditsText.openapi({ description: 'What was charged.' }),
    held_credits: creditsText.openapi({ description: 'What is, or was, reserved for the call.' }),
    shortfall_credits: creditsText.openapi({ description: 'What could not be paid; never owed.' }),
    balance_after_credits: creditsText.nullable(),
    units: unitsSchema,
    usage_source: z.enum(['provider', 'counted', 'none']),
    ...billFields,
    attempts: z.array(attemptSchema),
    fallback: z.boolean().openapi({ description: 'More than one offer was asked.' }),
    routing: routingSchema,
    parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).openapi({
      description: 'What the request asked of the model, as far as it is kept: numbers and names, never text.',
    }),
    error: z
      .object({ code: z.string(), message: z.string() })
      .nullable()
      .openapi({ description: 'As it was sent to the caller, but for the words of a provider.' }),
    total_cost: usd,
    usage: usd,
    api_type: z.enum(apiTypes),
    origin: z.literal(''),
    is_byok: z.boolean().openapi({ description: "Whether the account's own key at the provider was used." }),
    upstream_inference_cost: usd
      .nullable()
      .openapi({ description: 'What the provider charges for an own key, at list price.' }),
    upstream_inference_credits: creditsText.nullable(),
    data_region: z.literal('global'),
    workspace_id: z.string(),
    request_id: z.string().nullable(),
    trace_id: z
      .string()
      .nullable()
      .openapi({ description: "The caller's `x-redpill-trace-id`, else the trace of its `traceparent`." }),
    external_user: z.string().nullable().openapi({ description: 'The `user` of the request.' }),
    session_id: z.string().nullable(),
    http_referer: z.string().nullable().openapi({ description: 'The app: its `HTTP-Referer`, without query.' }),
    app_title: z.string().nullable().openapi({ description: 'The app: its `X-Title`.' }),
    metadata: z
      .record(z.string(), z.string())
      .openapi({ description: "`x-redpill-metadata` and the body's `metadata`." }),
    upstream_id: z.string().nullable(),
    streamed: z.boolean(),
    cancelled: z.boolean(),
    latency: z.number().nullable().openapi({ description: 'Milliseconds to the first byte.' }),
    generation_time: z.number().nullable().openapi({ description: 'Milliseconds of the whole call.' }),
    finish_reason: z.string().nullable(),
    native_finish_reason: z.string().nullable(),
    undelivered: z
      .boolean()
      .openapi({ description: 'Charged, but its caller had gone before the last byte of the answer.' }),
    cached: z.boolean().openapi({ description: 'Answered from the response cache, for nothing.' }),
    response_cache_source_id: z.string().nullable().openapi({ description: 'The generation that was cached.' }),
    cancelled_on_request: z.boolean().openapi({ description: 'By `POST /v1/generation/{id}/cancel`.' }),
    cut_by: z.string().nullable().openapi({ description: '`credits` when they ran out in mid-answer.' }),
    tokens_prompt: tokens,
    tokens_completion: tokens,
    native_tokens_prompt: tokens,
    native_tokens_completion: tokens,
    native_tokens_reasoning: tokens,
    native_tokens_cached: tokens,
    native_tokens_completion_images: z.null(),
    provider_responses: z.null(),
    ...absent,
  })
  .openapi('Generation')

export type Generation = z.input<typeof generationSchema>

/** The receipt of a call that ended. */
export function generationOf(charge: Charge, undelivered: ReadonlySet<Uuid>): Generation {
  return {
    undelivered: undelivered.has(charge.callId),
    id: generationId(charge.callId),
    state: charge.state,
    status: charge.status,
    account_id: charge.accountId,
    key_id: charge.keyId,
    workspace_id: charge.accountId,
    created_at: charge.at.toISOString(),
    settled_at: charge.settledAt.toISOString(),
    model: charge.modelId,
    provider_name: charge.provider ?? null,
    credits: toCredits(charge.charged),
    held_credits: toCredits(charge.held),
    shortfall_credits: toCredits(charge.shortfall),
    balance_after_credits: toCredits(charge.balanceAfter),
    usage_source: charge.usageSource,
    total_cost: toUsdNumber(charge.charged),
    usage: toUsdNumber(charge.charged),
    cancelled: charge.state === 'aborted',
    latency: charge.firstByteMs ?? null,
    generation_time: charge.durationMs,
    ...tokensOf(charge.units),
    ...fromDetail(charge.detail),
  }
}

/** A call under way: what it may cost is held, nothing is charged yet. Of a stream, units tell how far it had come a second ago. */
export function runningGeneration(hold: OpenHold): Generation {
  return {
    id: generationId(hold.callId),
    state: 'running',
    undelivered: false,
    status: null,
    account_id: hold.accountId,
    key_id: hold.keyId,
    workspace_id: hold.accountId,
    created_at: hold.createdAt.toISOString(),
    settled_at: null,
    model: textOf(hold.context['modelId']) ?? '',
    provider_name: textOf(hold.context['provider']),
    credits: toCredits(zero),
    held_credits: toCredits(hold.amount),
    shortfall_credits: toCredits(zero),
    balance_after_credits: null,
    usage_source: 'none',
    total_cost: 0,
    usage: 0,
    cancelled: false,
    latency: null,
    generation_time: null,
    ...tokensOf(hold.unitsSoFar),
    ...fromDetail(hold.context),
  }
}

/** What only the gateway knew of the call, from the free part of its record. */
function fromDetail(detail: JsonObject) {
  const labels = isObject(detail['labels']) ? detail['labels'] : {}
  const metadata = isObject(labels['metadata']) ? labels['metadata'] : {}
  const finishReason = textOf(detail['finish_reason'])
  const attempts = objectsOf(detail['attempts']).map(attemptOf)
  return {
    ...billIn(objectsOf(detail['lines'])),
    attempts,
    fallback: attempts.length > 1,
    model_asked: textOf(detail['requested_model']),
    kind: kinds.find((kind) => kind === detail['endpoint']) ?? null,
    parameters: parametersOf(detail['parameters']),
    error: errorOf(detail['error']),
    routing: routingOf(detail['routing']),
    api_type: apiTypes.find((type) => type === detail['endpoint']) ?? ('completions' as const),
    request_id: textOf(detail['request_id']),
    trace_id: textOf(labels['trace_id']),
    external_user: textOf(labels['user']),
    session_id: textOf(labels['session_id']),
    http_referer: textOf(labels['http_referer']),
    app_title: textOf(labels['app_title']),
    metadata: metadata as Record<string, string>,
    upstream_id: textOf(detail['upstream_id']),
    streamed: detail['streamed'] === true,
    finish_reason: finishReason,
    native_finish_reason: finishReason,
    cached: detail['cached'] === true,
    response_cache_source_id: textOf(detail['source_generation']),
    cancelled_on_request: detail['cancelled_on_request'] === true,
    cut_by: textOf(detail['cut_by']),
    origin: '' as const,
    ...byokOf(detail),
    data_region: 'global' as const,
    native_tokens_completion_images: null,
    provider_responses: null,
    ...nulls,
  }
}

function byokOf(detail: JsonObject) {
  const credits = textOf(detail['upstream_cost_credits'])
  const cost = credits === null ? undefined : parseCredits(credits)
  return {
    is_byok: detail['is_byok'] === true,
    upstream_inference_cost: cost === undefined ? null : toUsdNumber(cost),
    upstream_inference_credits: credits,
  }
}

function routingOf(given: JsonValue | undefined): z.input<typeof routingSchema> {
  if (!isObject(given)) return null
  return {
    untried: objectsOf(given['untried']).map(plannedOf),
    excluded: objectsOf(given['excluded']).map(plannedOf),
    keeps_conversation: given['keeps_conversation'] === true,
    hedge_ms: numberOf(given['hedge_ms']),
    stopped_by: textOf(given['stopped_by']),
  }
}

function parametersOf(given: JsonValue | undefined): Record<string, string | number | boolean> {
  const kept = Object.entries(isObject(given) ? given : {})
  return Object.fromEntries(
    kept.filter((pair): pair is [string, string | number | boolean] =>
      ['string', 'number', 'boolean'].includes(typeof pair[1]),
    ),
  )
}

function errorOf(given: JsonValue | undefined): { code: string; message: string } | null {
  if (!isObject(given)) return null
  return { code: textOf(given['code']) ?? '', message: textOf(given['message']) ?? '' }
}

const plannedOf = (row: JsonObject): z.input<typeof plannedSchema> => ({
  provider: textOf(row['provider']) ?? '',
  model: textOf(row['model']),
  why: textOf(row['why']) ?? '',
})

const attemptOf = (row: JsonObject): z.input<typeof attemptSchema> => ({
  offer_id: textOf(row['offer_id']),
  provider: textOf(row['provider']) ?? '',
  model: textOf(row['model']),
  own_key: row['own_key'] === true,
  why: textOf(row['why']) ?? '',
  after_ms: numberOf(row['after_ms']) ?? 0,
  first_byte_ms: numberOf(row['first_byte_ms']),
  ms: numberOf(row['ms']) ?? 0,
  outcome: textOf(row['outcome']) ?? '',
  status: numberOf(row['status']),
})

/** Disjoint classes, added up to OpenAI's totals: its prompt tokens include cached ones, its completion reasoning. */
export function tokensOf(units: Units) {
  const { input = 0, cached_input = 0, cache_write = 0, audio_input = 0 } = units
  const { output = 0, reasoning = 0, audio_output = 0 } = units
  const prompt = input + cached_input + cache_write + audio_input
  const completion = output + reasoning + audio_output
  return {
    units,
    tokens_prompt: prompt,
    tokens_completion: completion,
    native_tokens_prompt: prompt,
    native_tokens_completion: completion,
    native_tokens_reasoning: reasoning,
    native_tokens_cached: cached_input,
  }
}
