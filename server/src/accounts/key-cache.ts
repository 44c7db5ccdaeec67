import { hash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { AppError } from '../core/errors.ts'
import type { Database, Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { withBudgets } from './keys.ts'
import { parseSecret } from './secret.ts'
import { findCallerRows } from './store.ts'
import type { Authenticate, Authenticated, Caller } from './types.ts'

export type KeyCacheOptions = {
  readonly database: Database
  readonly secrets: Pick<Secrets, 'hmac'>
  readonly clock: Clock
  /** Keys kept in memory; the least recently loaded is dropped first. About 1 KB each. */
  readonly entriesMax?: number
  /** Hashes remembered as unknown, for as long as `unknownTtlMs`. */
  readonly unknownMax?: number
  readonly unknownTtlMs?: number
  /** Every entry is read again after this long, so that a lost notification can do no lasting harm. */
  readonly entryTtlMs?: number
}

export type KeyCache = { readonly authenticate: Authenticate; readonly close: () => Promise<void> }

type Entry = { readonly caller: Caller | undefined; readonly expiresAtMs: number }

const channel = 'redpill_callers'
const loadedAtOnce = 500

/**
 * Keeps the bearers of keys in memory. An entry is dropped when the database tells of a change of its key or account
 * (in the transaction of that change), all are dropped when notifications may have been missed.
 */
export async function openKeyCache(options: KeyCacheOptions): Promise<KeyCache> {
  const { database, secrets, clock } = options
  const { entriesMax = 100_000, unknownMax = 10_000, unknownTtlMs = 5_000, entryTtlMs = 60_000 } = options
  const known = new Map<string, Entry>()
  const unknown = new Map<string, Entry>()
  /** Readings under way. One that began before an invalidation may be out of date: it is neither shared nor kept. */
  const loading = new Map<string, Promise<Caller | undefined>>()

  const forget = (drop: (hmac: string, entry: Entry) => boolean): void => {
    loading.clear()
    for (const entries of [known, unknown]) {
      for (const [hmac, entry] of entries) if (drop(hmac, entry)) entries.delete(hmac)
    }
  }

  const stopListening = await database.listen(channel, (notice) => {
    if (notice.kind === 'reconnected') return forget(() => true)
    const [what, id = ''] = notice.payload.split(' ')
    if (what === 'account') return forget((_, entry) => entry.caller?.accountId === id)
    loading.delete(id)
    known.delete(id)
    unknown.delete(id)
  })

  const read = openLoader(database.db)
  const hmacOf = rememberHmacs(secrets, entriesMax)

  const load = async (hmac: string, nowMs: number): Promise<Caller | undefined> => {
    const reading = read(hmac)
    loading.set(hmac, reading)
    try {
      const caller = await reading
      if (loading.get(hmac) === reading) {
        if (caller) keep(known, entriesMax, hmac, { caller, expiresAtMs: nowMs + entryTtlMs })
        else keep(unknown, unknownMax, hmac, { caller, expiresAtMs: nowMs + unknownTtlMs })
      }
      return caller
    } finally {
      if (loading.get(hmac) === reading) loading.delete(hmac)
    }
  }

  const look = (hmac: string): Caller | undefined | Promise<Caller | undefined> => {
    const nowMs = clock.monotonicMs()
    const kept = known.get(hmac) ?? unknown.get(hmac)
    if (kept && nowMs < kept.expiresAtMs) return kept.caller
    return loading.get(hmac) ?? load(hmac, nowMs)
  }

  return {
    async authenticate(secret) {
      if (secret === undefined || secret === '') return refused('missing')
      if (parseSecret(secret) === undefined) return refused('malformed')
      const caller = await look(hmacOf(secret))
      if (!caller) return refused('unknown')
      if (caller.key.disabled) return refused('disabled')
      if (caller.key.expiresAt && caller.key.expiresAt.getTime() <= clock.nowMs()) return refused('expired')
      return { kind: 'caller', caller }
    },
    close: stopListening,
  }
}

/** A keyed hash costs more than all else that is done to know a caller; a plain one tells whether it was made before. */
function rememberHmacs({ hmac }: KeyCacheOptions['secrets'], most: number): (secret: string) => string {
  const made = new Map<string, string>()
  return (secret) => {
    const print = hash('sha256', secret, 'base64')
    const known = made.get(print)
    if (known !== undefined) return known
    if (made.size >= most) made.clear()
    const fresh = hmac(secret).toString('hex')
    made.set(print, fresh)
    return fresh
  }
}

const refused = (reason: Extract<Authenticated, { kind: 'refused' }>['reason']): Authenticated => ({
  kind: 'refused',
  reason,
})

/** Maps keep the order of insertion, so the first entry is the one that was loaded longest ago. */
function keep(entries: Map<string, Entry>, most: number, hmac: string, entry: Entry): void {
  entries.delete(hmac)
  entries.set(hmac, entry)
  if (entries.size <= most) return
  const [oldest] = entries.keys()
  if (oldest !== undefined) entries.delete(oldest)
}

type Waiting = {
  readonly hmac: string
  readonly resolve: (caller: Caller | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads keys: those asked for while a reading is under way form the next one, so that a flood of unknown keys takes one
 * connection and no more.
 */
function openLoader(db: Db): (hmac: string) => Promise<Caller | undefined> {
  const queue: Waiting[] = []
  let busy = false

  const run = async (): Promise<void> => {
    busy = true
    while (queue.length > 0) {
      const batch = queue.splice(0, loadedAtOnce)
      try {
        const callers = await findCallers(
          db,
          batch.map(({ hmac }) => hmac),
        )
        for (const { hmac, resolve } of batch) resolve(callers.get(hmac))
      } catch (cause) {
        const error = new AppError('ledger_unavailable', { message: 'keys cannot be checked just now', cause })
        for (const { reject } of batch) reject(error)
      }
    }
    busy = false
  }

  return (hmac) =>
    new Promise((resolve, reject) => {
      queue.push({ hmac, resolve, reject })
      if (!busy) void run()
    })
}

async function findCallers(db: Db, hmacs: readonly string[]): Promise<ReadonlyMap<string, Caller>> {
  const rows = await findCallerRows(
    db,
    hmacs.map((hmac) => Buffer.from(hmac, 'hex')),
  )
  const keys = await withBudgets(db, rows)
  return new Map(
    rows.map((row, at) => [
      row.secret_hmac.toString('hex'),
      { accountId: row.account_id, accountKind: row.account_kind, accountFrozen: row.account_frozen, key: keys[at]! },
    ]),
  )
}
