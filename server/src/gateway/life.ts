import type { AppError } from '../core/errors.ts'
import { generationId } from '../core/ids.ts'
import type { Exchange } from '../platform/http/index.ts'
import type { Call, OpenCall } from './call.ts'
import { watchDelivery } from './delivery/index.ts'
import type { GatewayContext } from './dependencies.ts'
import { admit, asAppError, readRequest, requestIdHeader, sendError, withHeaders } from './edge.ts'
import { takeHold } from './hold.ts'
import { keepHold } from './keep-hold.ts'
import { forCaller } from './key-policy.ts'
import { enter, tokensOf } from './limits.ts'
import { serveOnce } from './idempotency/index.ts'
import type { InboundApi } from './inbound/index.ts'
import { readLabels } from './labels.ts'
import { serveCached } from './response-cache/index.ts'
import { routeCall } from './route-call.ts'
import { readPatience } from './patience.ts'
import { abandonCall, type Served } from './settle.ts'
import { tellStory, type Story } from './story.ts'
import { readTraceContext, traceHeader } from './trace-context.ts'
import { serveStream } from './stream-answer.ts'
import { serveWhole } from './whole-answer.ts'

/** The life of one call, from its bytes to its log line. Whatever fails, the caller is answered and the story is told. */
export async function serveCall(
  context: GatewayContext,
  api: InboundApi,
  exchange: Exchange,
  { id: callId, stop }: OpenCall,
): Promise<void> {
  const startedMs = context.clock.monotonicMs()
  const headers: Record<string, string> = { ...requestIdHeader(api, exchange), 'x-generation-id': generationId(callId) }
  const story: Story = {}
  let error: AppError | undefined
  try {
    story.trace = readTraceContext(exchange)
    if (story.trace.id !== undefined) headers[traceHeader] = story.trace.id
    story.caller = await admit(context, exchange)
    story.gate = await enter(context, story.caller, headers)
    story.request = await readRequest(context, api, exchange, story.caller)
    const labels = readLabels(exchange, story.request.asked, story.trace.id)
    const { accountId, ownKeys } = story.caller
    const from = { request: story.request, exchange, accountId, ownKeys, sessionId: labels?.session_id }
    const call: Call = {
      id: callId,
      exchange: withHeaders(exchange, headers),
      answerHeaders: headers,
      startedMs,
      stop,
      patience: readPatience(exchange, context.timeouts, startedMs),
      tried: [],
      notes: {},
      coming: {},
      ...(await routeCall(forCaller(context, story.caller), from)),
      caller: story.caller,
      request: story.request,
      labels,
      country: countryOf(context, exchange),
    }
    story.call = call
    const { gate } = story
    story.served = await serveOnce(context, call, (mine, onHeld) =>
      serveCached(context, mine, onHeld, async (own) => {
        await gate.reserveTokens(own)
        return run(context, own, onHeld)
      }),
    )
    ;({ error } = story.served)
    watchDelivery(context, { id: callId, stop }, story.served)
  } catch (thrown) {
    error = asAppError(context, thrown, { generation: generationId(callId) })
  }
  story.gate?.leave(tokensOf(story.served))
  if (error) sendError(api, exchange, error, headers)
  tellStory(context, { api: api.name, exchange, callId, startedMs, story, error })
}

/** ISO 3166's two letters. Proxies write XX or T1 (Tor) where they do not know: that is no country. */
function countryOf({ countryHeader }: GatewayContext, exchange: Exchange): string | undefined {
  const said = countryHeader === undefined ? undefined : exchange.proxyHeader(countryHeader)?.toUpperCase()
  return said !== undefined && /^(?!XX)[A-Z]{2}$/.test(said) ? said : undefined
}

/** Takes a call's hold and serves it; whatever happens, the hold lives as long as it, and no longer. */
async function run(context: GatewayContext, call: Call, onHeld: () => Promise<void>): Promise<Served> {
  const hold = await takeHold(context, call)
  const release = keepHold(context, call)
  try {
    await onHeld()
    return call.request.stream
      ? await serveStream(context, call, hold, call.answerHeaders)
      : await serveWhole(context, call, hold)
  } catch (fault) {
    await abandonCall(context, call, hold, fault)
    throw fault
  } finally {
    release()
  }
}
