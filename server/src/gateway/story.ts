import type { AppError } from '../core/errors.ts'
import { generationId, type Uuid } from '../core/ids.ts'
import { toCredits } from '../core/money.ts'
import type { Caller } from '../accounts/index.ts'
import type { Exchange } from '../platform/http/index.ts'
import type { Call } from './call.ts'
import type { CallRequest } from './call-request.ts'
import type { GatewayContext } from './dependencies.ts'
import type { Gate } from './limits.ts'
import type { Served } from './settle.ts'
import type { TraceContext } from './trace-context.ts'
import { toldCall } from './told-call.ts'
import { tokensIn, tokensOut } from './usage.ts'

/** What the log line and the metrics tell of a call, filled in as it becomes known. */
export type Story = {
  trace?: TraceContext
  caller?: Caller
  gate?: Gate
  request?: CallRequest
  call?: Call
  served?: Served
}

type Ended = {
  readonly api: string
  readonly exchange: Exchange
  readonly callId: Uuid
  readonly startedMs: number
  readonly story: Story
  readonly error: AppError | undefined
}

/** One log line and one set of metrics for every call, made at its end. */
export function tellStory(context: GatewayContext, { api, exchange, callId, startedMs, story, error }: Ended): void {
  const ms = context.clock.monotonicMs() - startedMs
  const { caller, call, served } = story
  const status = error?.status ?? served?.status ?? 500
  const concluded = served?.concluded
  const units = concluded?.units ?? {}
  const last = call?.tried.at(-1)
  const model = last?.model ?? call?.model.id
  const cost = concluded ? toCredits(concluded.charged) : undefined
  context.log.info('call', {
    request: exchange.requestId,
    generation: generationId(callId),
    repeats: served?.repeats && generationId(served.repeats),
    cached_from: served?.cachedFrom && generationId(served.cachedFrom),
    trace: story.trace?.id,
    account: caller?.accountId,
    key: caller?.key.id,
    api,
    model,
    provider: last?.provider,
    status,
    code: error?.code,
    stream: story.request?.stream,
    ms: Math.round(ms),
    tries: call?.tried.length,
    tokens_in: concluded && tokensIn(units),
    tokens_out: concluded && tokensOut(units),
    credits: cost,
  })
  context.metrics.callEnded({
    endpoint: api,
    model: model ?? 'unknown',
    status,
    seconds: ms / 1_000,
    firstByteSeconds: served?.firstByteMs === undefined ? undefined : served.firstByteMs / 1_000,
    tokensIn: tokensIn(units),
    tokensOut: tokensOut(units),
    credits: cost === undefined ? 0 : Number(cost),
  })
  if (context.telemetry) {
    const endMs = context.clock.nowMs()
    const startMs = endMs - ms
    context.telemetry.callEnded(toldCall({ api, exchange, callId, startMs, endMs, story, error, status }))
  }
}
