import type { AppError } from '../core/errors.ts'
import type { JsonObject } from '../core/json.ts'
import { estimateUnits } from './counted.ts'
import { stopError, stoppedState, type Call, type Hold } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import type { StreamWriter } from './inbound/index.ts'
import { errorOfTry } from './own-keys.ts'
import type { Meter } from './meter.ts'
import { openFaces } from './stream-faces.ts'
import { toldRouting } from './tell-route.ts'
import { keepResponse } from './stored-responses/index.ts'
import { settleCall, type Concluded, type Ending, type Served } from './settle.ts'
import { billOf } from '../credits/index.ts'
import { servedBy } from './hold.ts'
import { openStreamPump, type StreamPump } from './stream-pump.ts'
import type { StreamEnd } from './stream-flow.ts'
import { tryOffers, type AllTried } from './try-offers.ts'

const checkpointEveryMs = 1_000

/**
 * Serves a streamed call. Everything but the end goes out as it comes; the final event leaves only after the charge is
 * committed, so whoever got a whole stream finds it on the ledger.
 */
export async function serveStream(
  context: GatewayContext,
  call: Call,
  hold: Hold,
  headers: Readonly<Record<string, string>>,
): Promise<Served> {
  const faces = openFaces(context, call)
  const pump = openStreamPump(context, call, hold, faces, headers)
  const stopCheckpoints = checkpoint(context, call, pump)
  try {
    const result = await tryOffers(context, call, hold, pump.tryOffer)
    stopCheckpoints()
    const error = errorOf(call, result)
    const meter = pump.meter()
    const concluded = await settleCall(context, call, hold, endingOf(call, result, meter, pump, error))
    await finish(context, call, result, { meter, pump, face: faces.current(), concluded, error })
    const served = { status: error?.status ?? 200, concluded, firstByteMs: pump.firstByteMs() }
    return error ? { ...served, error } : served
  } catch (error) {
    // The charge could not be committed: the caller must not take what it got for a whole answer.
    if (pump.begun()) call.exchange.destroy()
    throw error
  } finally {
    stopCheckpoints()
    pump.close()
  }
}

function errorOf(call: Call, result: AllTried<StreamEnd>): AppError | undefined {
  if (result.kind === 'answered') return undefined
  return result.kind === 'failed' ? errorOfTry(result, call.tried) : stopError(call)
}

function endingOf(
  call: Call,
  result: AllTried<StreamEnd>,
  meter: Meter,
  pump: StreamPump,
  error: AppError | undefined,
): Ending {
  const cut = result.kind === 'answered' && result.answer === 'cut-by-credits'
  const id = meter.upstreamId()
  return {
    state: stateOf(call, result),
    status: error?.status ?? 200,
    attempt: isPaid(call, result, meter, pump) ? result.attempt : undefined,
    usage: meter.usage(),
    delivered: { bytes: meter.outputBytes(), texts: meter.outputTexts() },
    firstByteMs: pump.firstByteMs(),
    finishReason: cut ? 'length' : meter.finishReason(),
    ...(cut && { cutBy: 'credits' as const }),
    ...(id !== undefined && { upstreamId: id }),
    error,
  }
}

/** Whether there is anything to pay for. A provider that broke off before the first word has given nothing. */
function isPaid(call: Call, result: AllTried<StreamEnd>, meter: Meter, pump: StreamPump): boolean {
  if (result.kind === 'answered') return true
  if (result.kind === 'failed') return pump.delivered() && meter.hasContent()
  // Whoever leaves an answer that has begun pays for its prompt, though its first word was still to come.
  return pump.delivered() || (meter.hasBegun() && stoppedState(call) === 'aborted')
}

function stateOf(call: Call, result: AllTried<StreamEnd>): Ending['state'] {
  if (result.kind === 'answered') return 'ok'
  return result.kind === 'failed' ? 'failed' : stoppedState(call)
}

type Finish = {
  readonly meter: Meter
  readonly pump: StreamPump
  readonly face: StreamWriter
  readonly concluded: Concluded
  readonly error: AppError | undefined
}

/** Sends what was kept back: the end of a cut answer, the usage where it was asked for, the last event; or the error. */
async function finish(
  context: GatewayContext,
  call: Call,
  result: AllTried<StreamEnd>,
  { meter, pump, face, concluded, error }: Finish,
): Promise<void> {
  if (error) {
    // Before the head, the caller is told by status and JSON instead: see the gateway's edge.
    if (pump.begun()) pump.finish(face.error(error))
    return
  }
  const cut = result.kind === 'answered' && result.answer === 'cut-by-credits'
  const lengths = cut ? meter.openChoices().map((index) => face.chunk(lengthChunk(call, index)).toString()) : []
  const last = lengths.join('') + face.finish(concluded.usage, tellingOf(call, result))
  if (call.request.conversation) await keepResponse(context, call, face.whole?.())
  pump.finish(last)
}

const tellingOf = (call: Call, { attempt }: AllTried<StreamEnd>): JsonObject | undefined =>
  call.route.isTold ? toldRouting(call, attempt) : undefined

function lengthChunk(call: Call, index: number): JsonObject {
  const rest = call.request.endpoint === 'chat' ? { delta: {} } : { text: '' }
  return { choices: [{ index, ...rest, finish_reason: 'length' }] }
}

/** Notes once a second how far the stream has come, and whose it is, so that it can be charged if this process dies. */
function checkpoint(context: GatewayContext, call: Call, { meter, delivered }: StreamPump): () => void {
  let lastMs = context.clock.monotonicMs()
  let lastBytes = 0
  return context.ticker.watch((nowMs) => {
    const attempt = call.coming.from
    if (!attempt || !delivered() || nowMs - lastMs < checkpointEveryMs) return
    const bytes = meter().outputBytes()
    if (bytes === lastBytes) return
    lastMs = nowMs
    lastBytes = bytes
    const units = { ...estimateUnits(call, bytes), request: 1 }
    const bill = billOf(units, attempt.prices)
    if (bill.kind === 'billed') context.lane.checkpoint(call.id, { cost: bill.cost, units, detail: servedBy(attempt) })
  })
}
