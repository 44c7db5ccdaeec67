import { openStream, type Told } from './stream.ts'

export type { Told } from './stream.ts'

type Hear<Kind extends string> = (told: Told<Kind>) => void
/** What windows say to each other: what the stream told, or, from one that has just come, whether it is open. */
type Said<Kind extends string> = { readonly told: Told<Kind> } | { readonly asks: true }

/**
 * Listens for one account while this window is seen, until the returned function is called. In the background nobody looks,
 * and some browsers halt what is there. `begin` is called for what hears each time, since what happened meanwhile was missed.
 */
export function listenWhileSeen<Kind extends string>(
  accountId: string,
  kinds: readonly Kind[],
  begin: () => Hear<Kind>,
): () => void {
  let stop: (() => void) | undefined
  const follow = () => {
    if (!document.hidden) {
      stop ??= listen(accountId, kinds, begin())
      return
    }
    stop?.()
    stop = undefined
  }
  follow()
  document.addEventListener('visibilitychange', follow)
  return () => {
    document.removeEventListener('visibilitychange', follow)
    stop?.()
  }
}

/** Locks are for pages that came by https or from this machine; others have a stream for each window. */
const listen: typeof shareStream = (accountId, kinds, hear) =>
  'locks' in navigator ? shareStream(accountId, kinds, hear) : openStream(accountId, kinds, hear)

/**
 * Listens together with the other windows of this browser: the one that holds the lock has the stream and says aloud what
 * it hears. Browsers open six connections to a server that speaks HTTP/1.1, and a stream keeps its own for good, so the
 * seventh window with one would wait for ever.
 */
function shareStream<Kind extends string>(accountId: string, kinds: readonly Kind[], hear: Hear<Kind>): () => void {
  const name = `redpill.events.${accountId}`
  const channel = new BroadcastChannel(name)
  const over = new AbortController()
  let answer: Told<Kind> | undefined
  const say = (told: Said<Kind>) => channel.postMessage(told)
  channel.addEventListener('message', ({ data: said }: MessageEvent<Said<Kind>>) => {
    if ('told' in said) hear(said.told)
    else if (answer) say({ told: answer })
  })
  const lead = () => {
    const close = openStream(accountId, kinds, (told) => {
      if (told.event === 'open' || told.event === 'lost') answer = told
      say({ told })
      hear(told)
    })
    return new Promise<void>((resolve) => {
      over.signal.addEventListener('abort', () => {
        close()
        resolve()
      })
    })
  }
  say({ asks: true })
  // The lock is left with the window at the latest; then the next one that waits leads.
  navigator.locks.request(name, { signal: over.signal }, lead).catch(() => {})
  return () => {
    over.abort()
    channel.close()
  }
}
