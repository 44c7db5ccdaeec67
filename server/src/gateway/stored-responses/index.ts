/**
 * Responses that can be looked up and gone on from: stored where the operator, or the key, lets answers be stored and the
 * request does not say otherwise. Sealed, for their account alone, for a day.
 */
import type { Caller } from '../../accounts/index.ts'
import type { Clock } from '../../core/clock.ts'
import { AppError } from '../../core/errors.ts'
import { callIdOf, generationId, type Uuid } from '../../core/ids.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Secrets } from '../../platform/secrets.ts'
import type { Call } from '../call.ts'
import type { GatewayContext } from '../dependencies.ts'
import { deleteStored, deleteStoredOf, deleteStoredUntil, findStored, insertStored } from './store.ts'

export type StoredResponse = {
  readonly response: JsonObject
  /** All that the model was told: the items of the input, after those of the responses that it went on from. */
  readonly input: readonly JsonObject[]
}

/** From its last response on; each one that goes on from another is stored with the whole conversation. */
const lifeMs = 24 * 3_600_000
/** Of the response and its conversation, as JSON. */
const bytesMax = 8 * 1_048_576

export type StorageEdges = { readonly db: Db; readonly clock: Pick<Clock, 'nowMs'>; readonly secrets: Secrets }

/** Keeps a response, before its caller has the end of it, so that its next request finds it. What fails is not stored. */
export async function keepResponse(
  { database, clock, secrets, log }: GatewayContext,
  { id, caller, request }: Call,
  response: JsonObject | undefined,
): Promise<void> {
  if (!response || !request.conversation) return
  const stored: StoredResponse = { response, input: request.conversation }
  const text = JSON.stringify(stored)
  if (Buffer.byteLength(text) > bytesMax) return
  const nowMs = clock.nowMs()
  try {
    await insertStored(database.db, {
      ...{ call_id: id, account_id: caller.accountId, sealed: secrets.seal(text) },
      ...{ stored_at: new Date(nowMs), expires_at: new Date(nowMs + lifeMs) },
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    log.warn('a response was not stored', { generation: generationId(id), error: why })
  }
}

/** `undefined`: there is none of this account, its time is over, or it was sealed under another secret. */
export async function findResponse(
  { db, clock, secrets }: StorageEdges,
  accountId: Uuid,
  id: string,
): Promise<StoredResponse | undefined> {
  const callId = callOf(id)
  const row = callId && (await findStored(db, accountId, callId, new Date(clock.nowMs())))
  if (!row) return undefined
  try {
    return JSON.parse(secrets.open(row.sealed)) as StoredResponse
  } catch {
    return undefined
  }
}

/** `false` when there is nothing to delete. */
export async function deleteResponse(
  { db, clock }: Omit<StorageEdges, 'secrets'>,
  accountId: Uuid,
  id: string,
): Promise<boolean> {
  const callId = callOf(id)
  return callId !== undefined && (await deleteStored(db, accountId, callId, new Date(clock.nowMs())))
}

/** The conversation up to a response, its output included; throws where there is none of it. */
export async function conversationUpTo(
  { database, clock, secrets }: GatewayContext,
  { accountId }: Caller,
  id: JsonValue,
): Promise<readonly JsonObject[]> {
  const edges = { db: database.db, clock, secrets }
  const found = typeof id === 'string' ? await findResponse(edges, accountId, id) : undefined
  if (found) return [...found.input, ...(found.response['output'] as readonly JsonObject[])]
  throw new AppError('invalid_request', {
    message:
      'There is no such response to go on from: it was not stored, was deleted, or its time is over. Send the whole conversation as input.',
    param: 'previous_response_id',
  })
}

/** Takes away what is stored for an account. */
export const forgetResponsesOf = (db: Db, accountId: Uuid): Promise<unknown> => deleteStoredOf(db, accountId)

/** A job: erases responses whose time is over. */
export const purgeStoredResponses = (db: Db, clock: Pick<Clock, 'nowMs'>): Promise<unknown> =>
  deleteStoredUntil(db, new Date(clock.nowMs()))

const idPattern = /^resp_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/

function callOf(id: string): Uuid | undefined {
  const parts = idPattern.exec(id)?.slice(1)
  return parts && callIdOf(`gen-${parts.join('-')}`)
}
