import type { Clock } from '../../core/clock.ts'
import type { Uuid } from '../../core/ids.ts'
import { type Charge, findCharge, findOpenHold, isProcessAlive } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Secrets } from '../../platform/secrets.ts'
import { openAnswer, type RecordedAnswer } from './recorded-answer.ts'
import { type ClaimId, type ClaimRow, findClaim, insertClaim, type NewClaim, replaceClaim } from './store.ts'

export type ClaimEdges = { readonly db: Db; readonly clock: Clock; readonly secrets: Secrets; readonly processId: Uuid }

export type Claim =
  /** The call that asked is the one that runs. */
  | { readonly kind: 'mine' }
  /** The key belongs to another request. */
  | { readonly kind: 'other-request'; readonly callId: Uuid }
  | { readonly kind: 'running'; readonly callId: Uuid }
  | { readonly kind: 'answered'; readonly callId: Uuid; readonly answer: RecordedAnswer }
  /** It has run, and its answer is not there any more. */
  | { readonly kind: 'ended'; readonly callId: Uuid; readonly charge: Charge | undefined }

/** How long a key is remembered. */
export const claimLifeMs = 24 * 3_600_000
/** Between a claim and its hold lies at most the wait for credits; later than this, its call is not coming any more. */
const unheldMsMax = 60_000
/** Between the charge and the record of the answer lies one statement. */
const unendedMsMax = 5_000

/**
 * Claims a key for a call, or tells whose it is. Of calls that claim at once, at any process, one gets it. A claim is free
 * again when it is 24 hours old, or when its call is over without a charge: it failed, or its process has died.
 */
export async function claimKey(
  edges: ClaimEdges,
  id: ClaimId,
  { callId, requestHash }: { readonly callId: Uuid; readonly requestHash: Buffer },
): Promise<Claim> {
  const { db, clock, processId } = edges
  for (;;) {
    const claim: NewClaim = {
      request_hash: requestHash,
      call_id: callId,
      process_id: processId,
      claimed_at: new Date(clock.nowMs()),
    }
    if (await insertClaim(db, id, claim)) return { kind: 'mine' }
    const found = await findClaim(db, id)
    // Purged between the two statements.
    if (!found) continue
    const standing = await standingOf(edges, found)
    const isForgotten = standing.kind !== 'running' && ageMs(clock, found.claimed_at) >= claimLifeMs
    if (standing.kind !== 'free' && !isForgotten) {
      return found.request_hash.equals(requestHash) ? standing : { kind: 'other-request', callId: found.call_id }
    }
    if (await replaceClaim(db, id, found, claim)) return { kind: 'mine' }
  }
}

const ageMs = (clock: Clock, since: Date): number => clock.nowMs() - since.getTime()

export type Standing = Exclude<Claim, { kind: 'mine' | 'other-request' }> | { readonly kind: 'free' }

/** What the ledger says of the call that has a claim. */
export async function standingOf(edges: ClaimEdges, found: ClaimRow): Promise<Standing> {
  const { db, clock } = edges
  const { call_id: callId } = found
  if (found.ended_at) {
    if (found.retryable) return { kind: 'free' }
    const answer = answerOf(edges, found)
    return answer
      ? { kind: 'answered', callId, answer }
      : { kind: 'ended', callId, charge: await findCharge(db, callId) }
  }
  // The hold first: a call that settles between the two readings is then found as a charge.
  if (await findOpenHold(db, callId)) return { kind: 'running', callId }
  const charge = await findCharge(db, callId)
  const isAlive = await isProcessAlive(db, found.process_id)
  if (!charge) {
    return isAlive && ageMs(clock, found.claimed_at) < unheldMsMax ? { kind: 'running', callId } : { kind: 'free' }
  }
  if (isAlive && ageMs(clock, charge.settledAt) < unendedMsMax) return { kind: 'running', callId }
  return isUncharged(charge) ? { kind: 'free' } : { kind: 'ended', callId, charge }
}

/** Whether a call has left nothing behind, so that it may be made again. */
export const isUncharged = ({ state, charged }: Pick<Charge, 'state' | 'charged'>): boolean =>
  state !== 'ok' && charged === 0n

export function answerOf({ clock, secrets }: ClaimEdges, found: ClaimRow): RecordedAnswer | undefined {
  const { sealed_answer: sealed, answer_until: until } = found
  return sealed !== null && until !== null && until.getTime() > clock.nowMs() ? openAnswer(secrets, sealed) : undefined
}
