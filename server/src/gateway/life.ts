import { AppError } from '../core/errors.ts'
import { generationId } from '../core/ids.ts'
import type { Exchange } from '../platform/http/index.ts'
import { planCall } from '../router/index.ts'
import { boundPrompt, dearestRates } from './bounds.ts'
import type { Call, OpenCall } from './call.ts'
import type { CallRequest } from './call-request.ts'
import type { GatewayContext } from './dependencies.ts'
import { admit, asAppError, readRequest, requestIdHeader, sendError, withHeaders } from './edge.ts'
import { takeHold } from './hold.ts'
import { forCaller } from './key-policy.ts'
import { enter, tokensOf } from './limits.ts'
import { serveOnce } from './idempotency/index.ts'
import type { InboundApi } from './inbound/index.ts'
import { readLabels } from './labels.ts'
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
    story.request = await readRequest(context, api, exchange)
    const call: Call = {
      id: callId,
      exchange: withHeaders(exchange, headers),
      answerHeaders: headers,
      startedMs,
      stop,
      tried: [],
      ...plan(forCaller(context, story.caller), story.request),
      caller: story.caller,
      request: story.request,
      labels: readLabels(exchange, story.request.asked, story.trace.id),
    }
    story.call = call
    const { gate } = story
    story.served = await serveOnce(context, call, async (mine, onHeld) => {
      await gate.reserveTokens(mine)
      return run(context, mine, onHeld)
    })
    ;({ error } = story.served)
  } catch (thrown) {
    error = asAppError(context, thrown, { generation: generationId(callId) })
  }
  story.gate?.leave(tokensOf(story.served))
  if (error) sendError(api, exchange, error, headers)
  tellStory(context, { api: api.name, exchange, callId, startedMs, story, error })
}

/** Takes a call's hold and serves it; whatever happens, the hold does not outlive it. */
async function run(context: GatewayContext, call: Call, onHeld: () => Promise<void>): Promise<Served> {
  const hold = await takeHold(context, call)
  try {
    await onHeld()
    return call.request.stream
      ? await serveStream(context, call, hold, call.answerHeaders)
      : await serveWhole(context, call, hold)
  } catch (fault) {
    await abandonCall(context, call, hold, fault)
    throw fault
  }
}

/** Finds who can take a request, and in which order to ask them; throws where nobody can. */
export function plan(context: GatewayContext, request: CallRequest): Pick<Call, 'model' | 'attempts' | 'rates'> {
  const snapshot = context.catalog()
  const modelId = snapshot.findModel(request.model)?.id ?? request.model
  const bounds = boundPrompt(request.prompt, modelId, context.learned(modelId))
  const planned = planCall(
    {
      endpoint: request.endpoint,
      model: request.model,
      promptTokensBound: bounds.promptTokens,
      requestsBound: request.requestsMax,
      outputTokensBound: (request.outputTokensAsked ?? bounds.outputTokensUsual) * request.answers,
      parameters: Object.keys(request.body),
      inputModalities: request.inputModalities,
    },
    snapshot,
    context.clock.nowMs(),
  )
  switch (planned.kind) {
    case 'planned':
      return { model: planned.model, attempts: planned.attempts, rates: dearestRates(planned.attempts, request) }
    case 'model-not-found':
      throw new AppError('model_not_found', {
        message: `The model '${request.model.slice(0, 200)}' does not exist here. GET /v1/models lists those that do.`,
        param: 'model',
      })
    case 'no-offer':
      throw new AppError('no_offer_available', { message: `No provider can take this call: ${planned.why}.` })
    case 'incapable':
      throw new AppError('invalid_request', {
        message: `No provider of ${request.model} can take this call: ${planned.why}.`,
        param: planned.parameter,
      })
    case 'unpriced':
      throw new AppError('model_unpriced', {
        message: `'${request.model}' has no price for ${planned.classes.join(', ')}, so it cannot be charged. An operator can set one.`,
      })
  }
}
