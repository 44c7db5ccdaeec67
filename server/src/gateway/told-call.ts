/** A call in the words of OpenTelemetry's semantic conventions for generative AI (1.42, in development). Never contents. */
import type { AppError } from '../core/errors.ts'
import { generationId, type Uuid } from '../core/ids.ts'
import { toCredits } from '../core/money.ts'
import type { Exchange } from '../platform/http/index.ts'
import type { Measurement, SpanAttributes, ToldCall, ToldSpan } from '../platform/telemetry/index.ts'
import type { Endpoint } from '../providers/index.ts'
import type { AttemptRow, Call } from './call.ts'
import type { Story } from './story.ts'
import { tokensIn, tokensOut } from './usage.ts'

export type EndedCall = {
  readonly api: string
  readonly exchange: Pick<Exchange, 'requestId' | 'method' | 'path'>
  readonly callId: Uuid
  readonly startMs: number
  readonly endMs: number
  readonly story: Story
  readonly error: AppError | undefined
  readonly status: number
}

const operationOf: Readonly<Record<Endpoint, string>> = {
  chat: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
  rerank: 'rerank',
  moderations: 'moderation',
}

/** Providers that the conventions name otherwise than we do. */
const conventionNames: Readonly<Record<string, string>> = {
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  vertex: 'gcp.vertex_ai',
  azure: 'azure.ai.openai',
  bedrock: 'aws.bedrock',
  mistral: 'mistral_ai',
  moonshot: 'moonshot_ai',
  xai: 'x_ai',
}

const providerName = (name: string): string => conventionNames[name] ?? name

export function toldCall(ended: EndedCall): ToldCall {
  const { story, startMs, endMs, error } = ended
  const { call, request } = story
  const operation = request ? operationOf[request.endpoint] : ended.api
  const attempts = call ? call.tried.map((row) => attemptSpan(call, row, operation, startMs)) : []
  const common = commonOf(story, operation)
  return {
    parent: story.trace?.parent,
    span: {
      // What a caller typed is no name of a span: it has no bound.
      name: call ? `${operation} ${call.model.id}` : operation,
      kind: 'server',
      ...{ startMs, endMs },
      attributes: { ...common, ...callAttributes(ended), ...usageAttributes(story) },
      error: error?.code,
    },
    attempts,
    measurements: [...callMeasurements(ended, common), ...attempts.map(attemptMeasurement)],
  }
}

/** Bounded in number: for metrics as well as for spans. */
function commonOf({ call, served }: Story, operation: string): SpanAttributes {
  const last = served && call?.tried.at(-1)
  const offer = last && call?.attempts.find(({ offer: { id } }) => id === last.offer_id)?.offer
  return {
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': last ? providerName(last.provider) : 'redpill',
    'gen_ai.request.model': call?.model.id,
    'gen_ai.response.model': offer?.upstreamModel,
  }
}

function callAttributes({ api, exchange, callId, story, status }: EndedCall): SpanAttributes {
  const { call, caller, request } = story
  const labels = call?.labels
  const metadata = Object.entries(labels?.metadata ?? {}).map(([name, value]) => [`redpill.metadata.${name}`, value])
  return {
    'http.request.method': exchange.method,
    'http.response.status_code': status,
    'url.path': exchange.path,
    'gen_ai.request.stream': request?.stream,
    'gen_ai.request.max_tokens': request?.outputTokensAsked,
    'gen_ai.response.id': generationId(callId),
    'gen_ai.conversation.id': labels?.session_id,
    'user.id': labels?.user,
    'redpill.api': api,
    'redpill.request.id': exchange.requestId,
    'redpill.generation.id': generationId(callId),
    'redpill.trace.id': story.trace?.id,
    'redpill.account.id': caller?.accountId,
    'redpill.key.id': caller?.key.id,
    'redpill.app.title': labels?.app_title,
    'redpill.attempts': call?.tried.length,
    // Why other providers than the last were given up, in order.
    'redpill.failover.reasons': failoverReasons(call),
    ...(Object.fromEntries(metadata) as SpanAttributes),
  }
}

function failoverReasons(call: Call | undefined): readonly string[] | undefined {
  const reasons = call?.tried.slice(0, -1).map(({ provider, outcome, status }) => `${provider}: ${status ?? outcome}`)
  return reasons && reasons.length > 0 ? reasons : undefined
}

function usageAttributes({ served }: Story): SpanAttributes {
  if (!served) return {}
  const { units, charged, finishReason } = served.concluded
  return {
    'gen_ai.usage.input_tokens': tokensIn(units),
    'gen_ai.usage.output_tokens': tokensOut(units),
    'gen_ai.usage.cache_read.input_tokens': units.cached_input,
    'gen_ai.usage.cache_creation.input_tokens': units.cache_write,
    'gen_ai.usage.reasoning.output_tokens': units.reasoning,
    'gen_ai.response.finish_reasons': finishReason === undefined ? undefined : [finishReason],
    'gen_ai.response.time_to_first_chunk': secondsOf(served.firstByteMs),
    // A number, to be summed by what shows traces; the receipt is exact.
    'redpill.cost.credits': Number(toCredits(charged)),
  }
}

function attemptSpan(call: Call, row: AttemptRow, operation: string, callStartMs: number): ToldSpan {
  const offer = call.attempts.find(({ offer: { id } }) => id === row.offer_id)?.offer
  const startMs = callStartMs + row.after_ms
  return {
    name: `${operation} ${offer?.upstreamModel ?? call.model.id}`,
    kind: 'client',
    startMs,
    endMs: startMs + row.ms,
    attributes: {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': providerName(row.provider),
      'gen_ai.request.model': offer?.upstreamModel,
      'http.response.status_code': row.status,
      'redpill.offer.id': row.offer_id,
      'redpill.attempt.why': row.why,
      'redpill.attempt.outcome': row.outcome,
    },
    error: row.outcome === 'answered' ? undefined : String(row.status ?? row.outcome),
  }
}

function callMeasurements({ story, startMs, endMs, error }: EndedCall, common: SpanAttributes): Measurement[] {
  const { served } = story
  const ended = { ...common, ...(error && { 'error.type': error.code }) }
  const measured: Measurement[] = [
    { instrument: 'gen_ai.server.request.duration', value: (endMs - startMs) / 1_000, attributes: ended },
  ]
  if (!served) return measured
  const { units, charged } = served.concluded
  const usage = { input: tokensIn(units), output: tokensOut(units) }
  for (const [type, value] of Object.entries(usage)) {
    const attributes = { ...common, 'gen_ai.token.type': type }
    if (value > 0) measured.push({ instrument: 'gen_ai.client.token.usage', value, attributes })
  }
  const firstByte = secondsOf(served.firstByteMs)
  if (firstByte !== undefined) {
    measured.push({ instrument: 'gen_ai.server.time_to_first_token', value: firstByte, attributes: common })
  }
  measured.push({ instrument: 'redpill.call.cost', value: Number(toCredits(charged)), attributes: common })
  return measured
}

const attemptMeasurement = ({ startMs, endMs, attributes, error }: ToldSpan): Measurement => ({
  instrument: 'gen_ai.client.operation.duration',
  value: (endMs - startMs) / 1_000,
  attributes: {
    'gen_ai.operation.name': attributes['gen_ai.operation.name'],
    'gen_ai.provider.name': attributes['gen_ai.provider.name'],
    'gen_ai.request.model': attributes['gen_ai.request.model'],
    'error.type': error,
  },
})

const secondsOf = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1_000)
