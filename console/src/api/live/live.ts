import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import type { OperationName } from '../client.ts'
import { invalidate, isQuiet } from '../query.ts'
import { listenWhileSeen, type Told as ToldOf } from './shared-stream.ts'

/** What the server tells while a page is open, and what each makes stale. */
const staleAfter = {
  balance: ['GET /api/v1/accounts/{id}'],
  hold: ['GET /api/v1/accounts/{id}', 'GET /api/v1/accounts/{id}/holds'],
  call: [
    'GET /api/v1/generations',
    'GET /api/v1/generations/histogram',
    'GET /api/v1/overview',
    'GET /api/v1/usage',
    'GET /api/v1/usage/series',
    'GET /api/v1/accounts/{id}/ledger',
    'GET /api/v1/accounts/{id}/statements/{month}',
  ],
  key: ['GET /api/v1/keys', 'GET /api/v1/keys/{id}'],
  ledger: [
    'GET /api/v1/overview',
    'GET /api/v1/accounts/{id}/ledger',
    'GET /api/v1/accounts/{id}/lots',
    'GET /api/v1/accounts/{id}/top-ups',
    'GET /api/v1/accounts/{id}/statements/{month}',
  ],
  order: [
    'GET /api/v1/orders',
    'GET /api/v1/orders/{id}',
    'GET /api/v1/accounts/{id}/orders',
    'GET /api/v1/accounts/{id}/auto-top-up',
    'GET /api/v1/accounts/{id}/cards',
  ],
} as const satisfies Record<string, readonly OperationName[]>

export type LiveEvent = keyof typeof staleAfter
type Told = ToldOf<LiveEvent>
export type LiveState = 'connecting' | 'live' | 'reconnecting'

const kinds = Object.keys(staleAfter) as LiveEvent[]
const gatherMs = 250
const busyMs = 750
/** A server that cannot be listened to does not keep people from its pages. */
const patienceMs = 500

type Listener = (kind: LiveEvent, data: unknown) => void
let state: LiveState = 'connecting'
const stateListeners = new Set<() => void>()
const eventListeners = new Set<Listener>()

function setState(next: LiveState) {
  state = next
  for (const listener of stateListeners) listener()
}

/** The account that is listened to now, if one is. */
let listening: { readonly accountId: string; readonly begun: Promise<void>; readonly stop: () => void } | undefined

/**
 * Listens for one account from now on, and for no other. Resolves when events come in, so that what is read then is kept
 * true from its beginning; after a while also when none do.
 */
export function listenTo(queries: QueryClient, accountId: string): Promise<void> {
  if (listening?.accountId === accountId) return listening.begun
  stopListening()
  setState('connecting')
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const timer = setTimeout(begin, patienceMs)
  const stop = listenWhileSeen(accountId, kinds, () => hear(queries, begin))
  listening = {
    ...{ accountId, begun },
    stop() {
      clearTimeout(timer)
      begin()
      stop()
    },
  }
  return begun
}

function stopListening(): void {
  listening?.stop()
  listening = undefined
}

function hear(queries: QueryClient, begin: () => void): (told: Told) => void {
  const tell = gatherStale(queries)
  let openedAtMs: number | undefined
  return (told) => {
    switch (told.event) {
      case 'open':
        // Another stream than before: what was read until now may miss what happened while nobody listened.
        if (told.openedAtMs !== openedAtMs) readAnew(queries)
        openedAtMs = told.openedAtMs
        setState('live')
        return begin()
      case 'lost':
        return setState('reconnecting')
      case 'reset':
        return readAnew(queries)
      default:
        tell(told.event)
        for (const listener of eventListeners) listener(told.event, told.data)
    }
  }
}

/** What stands still is not read for it: who shows it hears that calls may have ended, and says when. */
function readAnew(queries: QueryClient): void {
  void queries.invalidateQueries({
    refetchType: 'active',
    predicate: ({ queryKey: [name] }) => name !== 'session' && !isQuiet(name),
  })
  for (const listener of eventListeners) listener('call', undefined)
}

/**
 * Many calls end in the same moment: what they made stale is read once. While calls go on ending it is read again only some
 * time after the reading before has ended, so that a busy account does not keep the server busy with its pages.
 */
function gatherStale(queries: QueryClient): (kind: LiveEvent) => void {
  const stale = new Set<OperationName>()
  let isWaiting = false
  const read = async () => {
    const names = [...stale]
    stale.clear()
    await invalidate(queries, names)
    if (stale.size > 0) setTimeout(() => void read(), busyMs)
    else isWaiting = false
  }
  return (kind) => {
    for (const name of staleAfter[kind]) stale.add(name)
    if (isWaiting) return
    isWaiting = true
    setTimeout(() => void read(), gatherMs)
  }
}

/** Keeps what is shown of an account true while the page is open. Once for a page: the frame does. */
export function useLive(accountId: string): void {
  const queries = useQueryClient()
  useEffect(() => {
    void listenTo(queries, accountId)
  }, [queries, accountId])
  useEffect(() => stopListening, [])
}

function subscribeState(listener: () => void) {
  stateListeners.add(listener)
  return () => {
    stateListeners.delete(listener)
  }
}

/** Whether events come in now. */
export const useLiveState = (): LiveState => useSyncExternalStore(subscribeState, () => state)

/** Hears single events, for tails of calls. `listener` must stay the same between renders. */
export function useLiveEvents(listener: Listener): void {
  useEffect(() => {
    eventListeners.add(listener)
    return () => {
      eventListeners.delete(listener)
    }
  }, [listener])
}
