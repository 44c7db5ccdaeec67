import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** `reconnected`: notifications may have been missed since the last one, so whatever they invalidate must be dropped. */
export type Notice = { readonly kind: 'message'; readonly payload: string } | { readonly kind: 'reconnected' }

export type NoticeHandler = (notice: Notice) => void

export type Listener = {
  readonly listen: (channel: string, handler: NoticeHandler) => Promise<() => Promise<void>>
  readonly close: () => Promise<void>
}

export type Warn = (message: string, error: unknown) => void

const retryDelayMsMin = 50
const retryDelayMsMax = 5_000
const pingEveryMs = 30_000
const pingTimeoutMs = 10_000

/** Listens on one connection of its own and replaces it, with growing delays, whenever it is lost. */
export function openListener(makeClient: () => pg.Client, warn: Warn): Listener {
  const handlers = new Map<string, Set<NoticeHandler>>()
  const stop = new AbortController()
  let client: Promise<pg.Client> | undefined

  const tell = (channel: string, notice: Notice): void => {
    for (const handler of handlers.get(channel) ?? []) {
      try {
        handler(notice)
      } catch (error) {
        warn(`a handler of notifications on ${channel} failed`, error)
      }
    }
  }

  const dial = async (): Promise<pg.Client> => {
    const dialled = makeClient()
    dialled.on('error', (error) => warn('the connection for notifications was lost', error))
    dialled.on('notification', ({ channel, payload = '' }) => tell(channel, { kind: 'message', payload }))
    await dialled.connect()
    for (const channel of handlers.keys()) await dialled.query(`listen ${channel}`)
    const stopPinging = endWhenSilent(dialled)
    dialled.once('end', () => {
      stopPinging()
      client = undefined
      if (!stop.signal.aborted) void reconnect()
    })
    return dialled
  }

  const connect = (): Promise<pg.Client> => {
    client ??= dial().catch((error: unknown) => {
      client = undefined
      throw error
    })
    return client
  }

  const reconnect = async (): Promise<void> => {
    for (let delayMs = retryDelayMsMin; !stop.signal.aborted; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
      try {
        await connect()
        for (const channel of handlers.keys()) tell(channel, { kind: 'reconnected' })
        return
      } catch {
        await sleep(delayMs, undefined, { signal: stop.signal, ref: false }).catch(() => {})
      }
    }
  }

  const forget = (channel: string, handler: NoticeHandler): void => {
    const left = handlers.get(channel)
    left?.delete(handler)
    if (left?.size === 0) handlers.delete(channel)
  }

  return {
    async listen(channel, handler) {
      if (!/^[a-z_]{1,63}$/.test(channel)) throw new RangeError(`a channel is lower-case words, not ${channel}`)
      handlers.set(channel, (handlers.get(channel) ?? new Set()).add(handler))
      try {
        await (await connect()).query(`listen ${channel}`)
      } catch (error) {
        forget(channel, handler)
        throw error
      }
      return async () => {
        forget(channel, handler)
        if (!handlers.has(channel)) await (await client)?.query(`unlisten ${channel}`)
      }
    },
    async close() {
      stop.abort()
      const live = await client?.catch(() => undefined)
      await live?.end()
    },
  }
}

/** Ends a connection whose server has vanished without a word: TCP alone would not notice for many minutes. */
function endWhenSilent(client: pg.Client): () => void {
  const ping = { text: 'select 1', query_timeout: pingTimeoutMs }
  const timer = setInterval(() => {
    client.query(ping).catch(() => client.end())
  }, pingEveryMs).unref()
  return () => clearInterval(timer)
}
