import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import type { OperationName } from './client.ts'
import { invalidate } from './query.ts'

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
export type LiveState = 'connecting' | 'live' | 'reconnecting'

const kinds = Object.keys(staleAfter) as LiveEvent[]
const gatherMs = 250
const busyMs = 750
const refusedMs = 5_000

type Listener = (kind: LiveEvent, data: unknown) => void
let state: LiveState = 'connecting'
const stateListeners = new Set<() => void>()
const eventListeners = new Set<Listener>()

function setState(next: LiveState) {
  state = next
  for (const listener of stateListeners) listener()
}

/** Listens for one account until the returned function is called. */
function listen(queries: QueryClient, accountId: string): () => void {
  const tell = gatherStale(queries)
  let source: EventSource | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const open = () => {
    source = new EventSource(`/api/v1/events?account_id=${accountId}`)
    source.addEventListener('open', () => {
      // What happened while nobody listened is read: since a page was read, too, and before it was listened to.
      if (state === 'reconnecting') void queries.invalidateQueries({ refetchType: 'active' })
      else for (const kind of kinds) tell(kind)
      setState('live')
    })
    source.addEventListener('error', () => {
      setState('reconnecting')
      // A lost connection the browser makes anew by itself; one that was refused it gives up.
      if (source?.readyState === EventSource.CLOSED) timer = setTimeout(open, refusedMs)
    })
    // Too much was missed to be told one by one.
    source.addEventListener('reset', () => void queries.invalidateQueries({ refetchType: 'active' }))
    for (const kind of kinds)
      source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
        tell(kind)
        for (const listener of eventListeners) listener(kind, JSON.parse(data))
      })
  }
  setState('connecting')
  open()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
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
  useEffect(() => listen(queries, accountId), [queries, accountId])
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
