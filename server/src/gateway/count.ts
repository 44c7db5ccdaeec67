import type { AppError } from '../core/errors.ts'
import type { Exchange } from '../platform/http/index.ts'
import { countPrompt } from './counted.ts'
import type { GatewayContext } from './dependencies.ts'
import { admit, asAppError, readRequest, requestIdHeader, sendError } from './edge.ts'
import type { CountApi } from './inbound/index.ts'
import { forCaller } from './key-policy.ts'
import { enter } from './limits.ts'
import { routeCall } from './route-call.ts'
import type { Story } from './story.ts'
import { readTraceContext, traceHeader } from './trace-context.ts'

/**
 * Counts the prompt of a request for the provider that would be asked first. A key is needed, so that strangers cannot keep
 * the tokenizer busy; nothing is generated, held or charged.
 */
export async function serveCount(context: GatewayContext, api: CountApi, exchange: Exchange): Promise<void> {
  const startedMs = context.clock.monotonicMs()
  const headers: Record<string, string> = requestIdHeader(api, exchange)
  const story: Story = {}
  let model: string | undefined
  let error: AppError | undefined
  try {
    story.trace = readTraceContext(exchange)
    if (story.trace.id !== undefined) headers[traceHeader] = story.trace.id
    story.caller = await admit(context, exchange)
    story.gate = await enter(context, story.caller, headers)
    const request = await readRequest(context, api, exchange, story.caller)
    const from = { request, exchange, accountId: story.caller.accountId, ownKeys: undefined, sessionId: undefined }
    const planned = await routeCall(forCaller(context, story.caller), from)
    model = planned.model.id
    const tokens = await countPrompt(context, { ...planned, request }, planned.attempts[0]!)
    exchange.send(200, { 'content-type': 'application/json', ...headers }, JSON.stringify(api.writeCount(tokens)))
  } catch (thrown) {
    error = asAppError(context, thrown, { request: exchange.requestId })
    sendError(api, exchange, error, headers)
  }
  story.gate?.leave(0)
  const ms = context.clock.monotonicMs() - startedMs
  const status = error?.status ?? 200
  context.log.info('count', {
    request: exchange.requestId,
    trace: story.trace?.id,
    account: story.caller?.accountId,
    key: story.caller?.key.id,
    api: api.name,
    model,
    status,
    code: error?.code,
    ms: Math.round(ms),
  })
  context.metrics.callEnded({
    endpoint: api.name,
    model: model ?? 'unknown',
    status,
    seconds: ms / 1_000,
    firstByteSeconds: undefined,
    tokensIn: 0,
    tokensOut: 0,
    credits: 0,
  })
}
