import { generationId } from '../../core/ids.ts'
import { answerFacts, type Call } from '../call.ts'
import type { GatewayContext } from '../dependencies.ts'
import { takeEmptyHold } from '../hold.ts'
import { abandonCall, settleCall, type Ending, type Served } from '../settle.ts'
import { keepResponse } from '../stored-responses/index.ts'
import { streamHeaders } from '../stream-pump.ts'
import { asAnswerOf, type Answered, type CachedAnswer } from './cached-answer.ts'

/** What a call looks like on the ledger that no provider was asked for. */
const ending: Ending = {
  ...{ state: 'ok', status: 200, attempt: undefined, usage: undefined },
  ...{ delivered: { bytes: 0, texts: [] }, firstByteMs: undefined, finishReason: undefined },
}

/** Answers a call from the cache: for nothing, under an id and with a receipt of its own. */
export async function giveCached(
  context: GatewayContext,
  asked: Call,
  cached: CachedAnswer,
  onHeld: () => Promise<void>,
): Promise<Served> {
  const call: Call = { ...asked, cachedFrom: cached.callId }
  const hold = await takeEmptyHold(context, call)
  try {
    await onHeld()
    const concluded = await settleCall(context, call, hold, ending)
    await write(context, call, JSON.parse(cached.text) as Answered, concluded.usage)
    return { status: 200, concluded, firstByteMs: undefined, cachedFrom: cached.callId }
  } catch (fault) {
    await abandonCall(context, call, hold, fault)
    throw fault
  }
}

async function write(
  context: GatewayContext,
  call: Call,
  answered: Answered,
  usage: Served['concluded']['usage'],
): Promise<void> {
  const { exchange, request, answerHeaders } = call
  const facts = { ...answerFacts(context, call), model: answered.model }
  const identity = { id: generationId(call.id), createdAtMs: facts.createdAtMs }
  if ('whole' in answered) {
    const body = request.api.writeAnswer({ ...asAnswerOf(answered.whole, identity), usage }, facts)
    if (request.conversation) await keepResponse(context, call, body)
    exchange.send(200, { 'content-type': 'application/json' }, JSON.stringify(body))
    return
  }
  const face = request.api.openStream(facts)
  exchange.begin(200, { ...streamHeaders, ...answerHeaders })
  for (const chunk of answered.chunks) exchange.write(face.chunk(asAnswerOf(chunk, identity)))
  const last = face.finish(usage)
  if (request.conversation) await keepResponse(context, call, face.whole?.())
  exchange.write(last)
  exchange.end()
}
