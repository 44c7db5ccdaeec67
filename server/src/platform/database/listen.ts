import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

/** `reconnected`: notifications may have been missed since the last one, so whatever they invalidate must be dropped. */
export type Notice = { readonly kind: 'message'; readonly payload: string } | { readonly kind: 'reconnected' }

export type NoticeHandler = (notice: Notice) => void

const retryDelayMsMin = 50
const retryDelayMsMax = 5_000
const pingEveryMs = 30_000
const pingTimeoutMs = 10_000

/** Listens on one connection of its own, made at the first use, and replaces it with growing delays whenever it is lost. */
export class Listener {
  readonly #open: () => Promise<pg.Client>
  readonly #warn: (message: string, error: Error) => void
  readonly #handlers = new Map<string, Set<NoticeHandler>>()
  readonly #closed = new AbortController()
  #client: Promise<pg.Client> | undefined

  constructor(open: () => Promise<pg.Client>, warn: (message: string, error: Error) => void) {
    this.#open = open
    this.#warn = warn
  }

  async listen(channel: string, handler: NoticeHandler): Promise<() => Promise<void>> {
    if (!/^[a-z_]{1,63}$/.test(channel)) throw new RangeError(`a channel is lower-case words, not ${channel}`)
    this.#handlers.set(channel, (this.#handlers.get(channel) ?? new Set()).add(handler))
    try {
      const client = await this.#connect()
      await client.query(`listen ${channel}`)
    } catch (error) {
      this.#forget(channel, handler)
      throw error
    }
    return async () => {
      this.#forget(channel, handler)
      const client = await this.#client?.catch(() => undefined)
      if (!this.#handlers.has(channel)) await client?.query(`unlisten ${channel}`).catch(() => {})
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    const client = await this.#client?.catch(() => undefined)
    await client?.end()
  }

  #forget(channel: string, handler: NoticeHandler): void {
    const left = this.#handlers.get(channel)
    left?.delete(handler)
    if (left?.size === 0) this.#handlers.delete(channel)
  }

  /** The live connection; all who ask while it is being made share the one attempt. */
  #connect(): Promise<pg.Client> {
    this.#client ??= this.#dial().catch((error: unknown) => {
      this.#client = undefined
      throw error
    })
    return this.#client
  }

  async #dial(): Promise<pg.Client> {
    const client = await this.#open()
    client.on('notification', ({ channel, payload = '' }) => this.#tell(channel, { kind: 'message', payload }))
    try {
      for (const channel of this.#handlers.keys()) await client.query(`listen ${channel}`)
    } catch (error) {
      client.end().catch(() => {})
      throw error
    }
    const ping = setInterval(() => endIfSilent(client), pingEveryMs).unref()
    client.once('end', () => {
      clearInterval(ping)
      this.#client = undefined
      void this.#reconnect()
    })
    return client
  }

  async #reconnect(): Promise<void> {
    const { signal } = this.#closed
    for (let delayMs = retryDelayMsMin; !signal.aborted; delayMs = Math.min(delayMs * 2, retryDelayMsMax)) {
      try {
        await this.#connect()
        for (const channel of this.#handlers.keys()) this.#tell(channel, { kind: 'reconnected' })
        return
      } catch {
        await sleep(delayMs, undefined, { signal, ref: false }).catch(() => {})
      }
    }
  }

  #tell(channel: string, notice: Notice): void {
    for (const handler of this.#handlers.get(channel) ?? []) {
      try {
        handler(notice)
      } catch (error) {
        this.#warn(`a handler of notifications on ${channel} failed`, error as Error)
      }
    }
  }
}

/** Ends a connection whose server vanished without a word; TCP alone would not notice for many minutes. */
function endIfSilent(client: pg.Client): void {
  const ping = { text: 'select 1', query_timeout: pingTimeoutMs }
  client.query(ping).catch(() => client.end().catch(() => {}))
}
