/** Idempotency-Key on calls of models (draft-ietf-httpapi-idempotency-key-header-07). */
import { createHash } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import { generationId, type Uuid } from '../../core/ids.ts'
import { canonicalExactJson } from '../../core/exact-json.ts'
import { toCredits, zero } from '../../core/money.ts'
import { type Charge, findCharge, findOpenHold } from '../../credits/index.ts'
import type { Call } from '../call.ts'
import type { GatewayContext } from '../dependencies.ts'
import { asAppError, sendError } from '../edge.ts'
import { mayStore } from '../key-policy.ts'
import type { Served } from '../settle.ts'
import { awaitOutcome } from './await-outcome.ts'
import { claimKey, claimLifeMs, isUncharged } from './claim.ts'
import { repetitionOf, replayAnswer, sealAnswer } from './recorded-answer.ts'
import { shareAnswer, type SharedAnswer } from './shared-answer.ts'
import { type ClaimId, endClaim, findClaim, markHeld, notifyOutcome } from './store.ts'

/** Runs a call. `onHeld` is awaited when it has its hold, before anything is asked of a provider. */
export type Run = (call: Call, onHeld: () => Promise<void>) => Promise<Served>

/** A request that has the word for its key in this process: it runs its call, or fetches what another process has. */
export type Turn = {
  readonly callId: Uuid
  readonly requestHash: Buffer
  readonly shared: SharedAnswer
  /** Whether the key is known to belong to this very request. */
  readonly isClaimed: Promise<boolean>
  readonly ended: Promise<void>
}

/** Bytes of an answer that are kept while its call runs, stored, or handed to another process. */
const answerBytesMax = 8 * 1_048_576
/** For how long an answer that another process waits for is kept. */
const handOverMs = 60_000
const nothing = { units: {}, charged: zero, usage: {}, finishReason: undefined } as const

/**
 * Runs a call once for each Idempotency-Key of its account: a repetition while it runs gets the same answer, a later one
 * the stored answer, or a conflict that names the generation. Calls without the header pass by.
 */
export async function serveOnce(context: GatewayContext, call: Call, run: Run): Promise<Served> {
  const key = call.exchange.header('idempotency-key')
  if (key === undefined) return run(call, () => Promise.resolve())
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    const message = 'Idempotency-Key: give 1 to 255 visible ASCII characters.'
    throw new AppError('invalid_request', { message, param: 'Idempotency-Key' })
  }
  const id = { accountId: call.caller.accountId, key }
  const requestHash = hashRequest(call)
  for (;;) {
    const turn = context.turns.get(nameOf(id))
    if (!turn) return takeTurn(context, call, run, { id, requestHash })
    const served = await joinTurn(turn, call, requestHash)
    if (served) return served
  }
}

const nameOf = ({ accountId, key }: ClaimId): string => `${accountId} ${key}`

/** The path is part of the request: answers of one API differ by it. */
const hashRequest = ({ exchange, request }: Call): Buffer =>
  createHash('sha256')
    .update(`${exchange.path}\n${canonicalExactJson(request.asked, request.numbers)}`)
    .digest()

/** Gives a repetition the answer of the request that has the word; `undefined`: that one is over, and says nothing of it. */
async function joinTurn(turn: Turn, call: Call, requestHash: Buffer): Promise<Served | undefined> {
  const isOther = !turn.requestHash.equals(requestHash)
  if (isOther && (await turn.isClaimed)) throw otherRequest(turn.callId)
  if (isOther || turn.shared.isOver()) {
    await turn.ended
    return undefined
  }
  const joined = turn.shared.join(repetitionOf(call))
  if (!joined) throw tooLate(turn.callId)
  await joined
  return repeated(turn.shared.status() ?? 499, turn.callId)
}

/** What a repetition looks like: it has cost nothing of its own. */
const repeated = (status: number, callId: Uuid): Served => ({
  status,
  concluded: nothing,
  firstByteMs: undefined,
  repeats: callId,
})

type Asked = { readonly id: ClaimId; readonly requestHash: Buffer }

/** Has the word for a key until its request is answered; whatever it is answered, those who repeat it here get it too. */
async function takeTurn(context: GatewayContext, call: Call, run: Run, asked: Asked): Promise<Served> {
  const claimed = Promise.withResolvers<boolean>()
  const ended = Promise.withResolvers<void>()
  const shared = shareAnswer({
    exchange: call.exchange,
    headers: call.answerHeaders,
    bytesMax: answerBytesMax,
    onDeserted: () => void leave(),
  })
  const mine: Call = { ...call, exchange: shared.exchange }
  const turn: Turn = {
    ...{ callId: call.id, requestHash: asked.requestHash, shared },
    ...{ isClaimed: claimed.promise, ended: ended.promise },
  }

  /** A call that another process waits for goes on when its own caller has gone. */
  async function leave(): Promise<void> {
    const claim = await findClaim(context.database.db, asked.id).catch(() => undefined)
    if (claim?.call_id !== call.id || !claim.awaited) call.stop.fire('caller-gone')
  }

  context.turns.set(nameOf(asked.id), turn)
  try {
    return await claimOrRepeat(context, mine, { ...asked, run, shared, claimed: claimed.resolve })
  } catch (thrown) {
    const error = asAppError(context, thrown, { generation: generationId(call.id) })
    sendError(call.request.api, shared.exchange, error, call.answerHeaders)
    return { status: error.status, concluded: nothing, firstByteMs: undefined, error }
  } finally {
    context.turns.delete(nameOf(asked.id))
    claimed.resolve(false)
    ended.resolve()
  }
}

type Turning = Asked & {
  readonly run: Run
  readonly shared: SharedAnswer
  readonly claimed: (isClaimed: boolean) => void
}

async function claimOrRepeat(context: GatewayContext, call: Call, turning: Turning): Promise<Served> {
  const { id, requestHash } = turning
  const { clock, secrets, processId } = context
  for (;;) {
    const edges = { db: context.database.db, clock, secrets, processId }
    const claim = await claimKey(edges, id, { callId: call.id, requestHash })
    switch (claim.kind) {
      case 'mine':
        turning.claimed(true)
        return runClaimed(context, call, turning)
      case 'other-request':
        throw otherRequest(claim.callId)
      case 'ended':
        throw hasEnded(claim.callId, claim.charge)
      case 'answered':
        replayAnswer(repetitionOf(call), claim.answer)
        return repeated(claim.answer.status, claim.callId)
      case 'running': {
        turning.claimed(true)
        const status = await awaitOutcome(context, edges, call, { id, callId: claim.callId })
        if (status !== undefined) return repeated(status, claim.callId)
      }
    }
  }
}

async function runClaimed(context: GatewayContext, call: Call, turning: Turning): Promise<Served> {
  const { id, run, shared } = turning
  const onHeld = async () => {
    if (await markHeld(context.database.db, id, call.id)) return
    throw new AppError('idempotency_conflict', { message: 'This Idempotency-Key was taken over by a later request.' })
  }
  let served: Served
  try {
    served = await run(call, onHeld)
  } catch (thrown) {
    const error = asAppError(context, thrown, { generation: generationId(call.id) })
    sendError(call.request.api, shared.exchange, error, call.answerHeaders)
    await concludeFault(context, call, turning)
    return { status: error.status, concluded: nothing, firstByteMs: undefined, error }
  }
  const { error, concluded } = served
  if (error) sendError(call.request.api, shared.exchange, error, call.answerHeaders)
  const outcome = error ? (concluded.charged === zero ? 'uncharged' : 'charged') : 'ok'
  await conclude(context, call, turning, outcome)
  return served
}

/** After a fault the ledger alone says what became of the call; where it cannot be asked, the next repetition asks it. */
async function concludeFault(context: GatewayContext, call: Call, turning: Turning): Promise<void> {
  const { db } = context.database
  try {
    if (await findOpenHold(db, call.id)) return
    const charge = await findCharge(db, call.id)
    await conclude(context, call, turning, !charge || isUncharged(charge) ? 'uncharged' : 'charged')
  } catch (error) {
    warn(context, call, error)
  }
}

type Outcome = 'ok' | 'charged' | 'uncharged'

/** Records how the call ended, for repetitions to come, and hands the answer to processes that wait for it. */
async function conclude(context: GatewayContext, call: Call, { id, shared }: Turning, outcome: Outcome): Promise<void> {
  const { clock, secrets, database } = context
  const isStored = mayStore(context, call.caller)
  const nowMs = clock.nowMs()
  const answer = shared.recorded()
  try {
    const isAwaited = await endClaim(database.db, id, {
      callId: call.id,
      endedAt: new Date(nowMs),
      retryable: outcome === 'uncharged',
      sealedAnswer: answer ? sealAnswer(secrets, answer) : null,
      storedUntil: isStored && outcome === 'ok' ? new Date(nowMs + claimLifeMs) : null,
      handedOverUntil: new Date(nowMs + handOverMs),
    })
    if (isAwaited) await notifyOutcome(database.db, call.id)
  } catch (error) {
    warn(context, call, error)
  }
}

/** Nothing is lost: a repetition finds the call on the ledger. */
const warn = (context: GatewayContext, call: Call, error: unknown): void =>
  context.log.warn('the end of an idempotent call was not recorded', {
    generation: generationId(call.id),
    error: error instanceof Error ? error.message : String(error),
  })

const otherRequest = (callId: Uuid): AppError =>
  new AppError('idempotency_conflict', {
    message: 'This Idempotency-Key was used for another request.',
    metadata: { generation_id: generationId(callId) },
  })

const tooLate = (callId: Uuid): AppError =>
  new AppError('idempotency_conflict', {
    message: 'The first request with this Idempotency-Key has been sent more than is kept for repetitions.',
    metadata: { generation_id: generationId(callId), state: 'running' },
  })

const hasEnded = (callId: Uuid, charge: Charge | undefined): AppError =>
  new AppError('idempotency_conflict', {
    message: 'This request was answered before, and its answer is not stored. GET /v1/generation has the receipt.',
    metadata: {
      generation_id: generationId(callId),
      ...(charge && { state: charge.state, charged_credits: toCredits(charge.charged) }),
    },
  })
