/**
 * The exact response cache: an answer that its caller asked to have kept is given again to equal requests of the same
 * account, for nothing. Nothing is read or kept where neither the request nor its key asks for it.
 */
import type { Clock } from '../../core/clock.ts'
import { generationId } from '../../core/ids.ts'
import type { Database, Db } from '../../platform/database/index.ts'
import type { Call } from '../call.ts'
import type { GatewayContext } from '../dependencies.ts'
import type { Served } from '../settle.ts'
import { readCacheAsk, type CacheAsk } from './ask.ts'
import { cacheKeyOf, type CachedAnswer } from './cached-answer.ts'
import { giveCached } from './give-cached.ts'
import { recordAnswer, type Recording } from './record-answer.ts'
import { openShelf, type Shelf } from './shelf.ts'
import { cacheChannel, deleteCached, deleteExpired, findCached, upsertCached } from './store.ts'

export type { Shelf } from './shelf.ts'

const memoryBytesMax = 64 * 1_048_576
const answerBytesMax = 4 * 1_048_576

/** The answers in this process's memory; gives back how to stop listening for those that are to be forgotten. */
export async function openCacheShelf(database: Database): Promise<{ shelf: Shelf; stop: () => Promise<void> }> {
  const shelf = openShelf(memoryBytesMax)
  const stop = await database.listen(cacheChannel, (notice) =>
    notice.kind === 'message' ? shelf.drop(notice.payload) : shelf.clear(),
  )
  return { shelf, stop }
}

/** Answers a call from the cache if its caller wants that and it can be, else runs it and keeps what it answers. */
export async function serveCached(
  context: GatewayContext,
  call: Call,
  onHeld: () => Promise<void>,
  run: (call: Call) => Promise<Served>,
): Promise<Served> {
  const ask = readCacheAsk(call.exchange, call.caller.key.keeping)
  if (!ask) return run(call)
  const { database, clock, shelf } = context
  const key = cacheKeyOf(call)
  if (ask.clears) {
    await deleteCached(database.db, key)
    shelf.drop(key.toString('hex'))
  }
  const cached = shelf.take(key.toString('hex'), clock.nowMs()) ?? (await fetchCached(context, key))
  if (cached) {
    Object.assign(call.answerHeaders, hitHeaders(cached, clock.nowMs()))
    return giveCached(context, call, cached, onHeld)
  }
  Object.assign(call.answerHeaders, statusHeaders('MISS', ask.ttlMs))
  const recording = recordAnswer(call)
  const served = await run(recording.call)
  if (!served.error) await keep(context, call, { key, ask, recording })
  return served
}

const statusHeaders = (status: 'HIT' | 'MISS', leftMs: number) => ({
  'x-redpill-cache': status,
  'x-openrouter-cache-status': status,
  'x-openrouter-cache-ttl': String(Math.ceil(leftMs / 1_000)),
})

const hitHeaders = ({ callId, storedAtMs, expiresAtMs }: CachedAnswer, nowMs: number) => ({
  ...statusHeaders('HIT', expiresAtMs - nowMs),
  'x-openrouter-cache-age': String(Math.max(0, Math.floor((nowMs - storedAtMs) / 1_000))),
  'x-openrouter-cache-source-id': generationId(callId),
})

/** What a sibling has kept. An answer that cannot be opened (the secret was changed) is none. */
async function fetchCached({ database, clock, secrets, shelf }: GatewayContext, key: Buffer) {
  const row = await findCached(database.db, key, new Date(clock.nowMs()))
  if (!row) return undefined
  try {
    const text = secrets.open(row.sealed_answer)
    const times = { storedAtMs: row.stored_at.getTime(), expiresAtMs: row.expires_at.getTime() }
    const cached: CachedAnswer = { callId: row.call_id, text, ...times }
    shelf.put(key.toString('hex'), cached)
    return cached
  } catch {
    return undefined
  }
}

type Kept = { readonly key: Buffer; readonly ask: CacheAsk; readonly recording: Recording }

async function keep(context: GatewayContext, call: Call, { key, ask, recording }: Kept): Promise<void> {
  const answered = recording.answered()
  const text = answered && JSON.stringify(answered)
  if (text === undefined || text.length > answerBytesMax) return
  const { database, clock, secrets, shelf, log } = context
  const storedAtMs = clock.nowMs()
  const cached: CachedAnswer = { callId: call.id, text, storedAtMs, expiresAtMs: storedAtMs + ask.ttlMs }
  shelf.put(key.toString('hex'), cached)
  try {
    await upsertCached(database.db, {
      key,
      call_id: call.id,
      sealed_answer: secrets.seal(text),
      stored_at: new Date(storedAtMs),
      expires_at: new Date(cached.expiresAtMs),
    })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    log.warn('an answer was not kept in the cache', { generation: generationId(call.id), error: why })
  }
}

/** A job: erases answers whose time is over. */
export const purgeCachedAnswers = (db: Db, clock: Pick<Clock, 'nowMs'>): Promise<unknown> =>
  deleteExpired(db, new Date(clock.nowMs()))
