import type { Uuid } from '../core/ids.ts'
import type { Database } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { readCatalog, type Reading } from './reading.ts'
import { buildSnapshot } from './snapshot.ts'
import { type ProviderRow, readVersion } from './store/tables.ts'
import type { CatalogSnapshot } from './types.ts'

/** All that is needed to call a provider. The object stays the same as long as nothing of it changed. */
export type ProviderConnection = {
  readonly name: string
  readonly dialect: string
  readonly baseUrl: string
  readonly apiKey: string | undefined
  readonly allowPrivate: boolean
}

export type Catalog = {
  /** The newest reading. It never changes: whoever plans with it plans with one truth. */
  readonly current: () => CatalogSnapshot
  /** `undefined` for a provider that is unknown or deleted. */
  readonly providerSettings: (id: Uuid) => ProviderConnection | undefined
  /** Calls `listener` after each new reading; returns how to stop. */
  readonly changed: (listener: () => void) => () => void
  /** Resolves when a reading is in force that began after this call: whoever changed the catalog sees the change. */
  readonly refresh: () => Promise<void>
  readonly close: () => Promise<void>
}

export type CatalogOptions = {
  readonly database: Database
  readonly secrets: Pick<Secrets, 'open'>
  /** How often the catalog's version is asked for, should a notification have been lost. */
  readonly checkEveryMs?: number
  /** Hears of readings that failed; the last good one stays in force and the next check tries again. */
  readonly log?: Log
}

type Log = (message: string, error: unknown) => void

/** Reads the catalog and keeps the reading new: whatever any gateway changes is in force here within milliseconds. */
export async function openCatalog(options: CatalogOptions): Promise<Catalog> {
  const { database, secrets, checkEveryMs = 30_000, log = () => {} } = options
  const listeners = new Set<() => void>()
  const connect = openConnections(secrets, log)
  let reading!: Reading
  let snapshot!: CatalogSnapshot
  let closed = false

  const read = async (): Promise<void> => {
    reading = await readCatalog(database)
    snapshot = buildSnapshot(reading.contents)
    for (const listener of listeners) listener()
  }
  const refresh = oneAtATime(read)
  const refreshLater = (): void => {
    if (!closed) refresh().catch((error: unknown) => log('the catalog could not be read', error))
  }
  const check = async (): Promise<void> => {
    if ((await readVersion(database.db)) !== reading.version) await refresh()
  }

  const stopListening = await database.listen('redpill_catalog', refreshLater)
  try {
    await refresh()
  } catch (error) {
    await stopListening()
    throw error
  }
  const timer = setInterval(() => {
    check().catch((error: unknown) => log('the catalog could not be checked', error))
  }, checkEveryMs)
  timer.unref()

  return {
    current: () => snapshot,
    providerSettings(id) {
      const row = reading.providers.get(id)
      return row && connect(row)
    },
    changed(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    refresh,
    async close() {
      closed = true
      clearInterval(timer)
      await stopListening()
      await refresh.idle()
    },
  }
}

type Repeating = (() => Promise<void>) & { readonly idle: () => Promise<unknown> }

/** Runs `work` for everyone who asked before it began; those who ask meanwhile share the next run. */
function oneAtATime(work: () => Promise<void>): Repeating {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  const start = (): Promise<void> => {
    next = undefined
    running = work().finally(() => {
      running = undefined
    })
    return running
  }
  const ask = (): Promise<void> => {
    if (!running) return start()
    next ??= running.then(start, start)
    return next
  }
  return Object.assign(ask, { idle: () => Promise.allSettled([running, next]) })
}

/** Opens sealed keys once, and again only when the row has changed. */
function openConnections(secrets: Pick<Secrets, 'open'>, log: Log): (row: ProviderRow) => ProviderConnection {
  const made = new Map<Uuid, { readonly from: string; readonly connection: ProviderConnection }>()
  const openKey = ({ name, api_key_sealed: sealed }: ProviderRow): string | undefined => {
    try {
      return sealed === null ? undefined : secrets.open(sealed)
    } catch (error) {
      log(`the key of provider ${name} was sealed under another secret: set it anew`, error)
      return undefined
    }
  }
  return (row) => {
    const from = JSON.stringify([row.name, row.dialect, row.base_url, row.api_key_sealed, row.allow_private])
    const known = made.get(row.id)
    if (known?.from === from) return known.connection
    const { name, dialect, base_url: baseUrl, allow_private: allowPrivate } = row
    const connection = { name, dialect, baseUrl, apiKey: openKey(row), allowPrivate }
    made.set(row.id, { from, connection })
    return connection
  }
}
