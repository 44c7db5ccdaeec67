import { hash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { AppError } from '../core/errors.ts'
import type { Database, Db } from '../platform/database/index.ts'
import type { Secrets } from '../platform/secrets.ts'
import { openGuessBrake } from './guess-brake.ts'
import { withBudgets } from './keys.ts'
import { ratesOf } from './rates.ts'
import { parseSecret } from './secret.ts'
import { type CallerRow, findCallerRows, findProviderKeyRows, type ProviderKeyRow } from './store.ts'
import type { ApiKey, Authenticate, Authenticated, Caller, OwnKey } from './types.ts'

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

type Entry = { readonly found: Found | undefined; readonly expiresAtMs: number }

/** The bearer of a secret, and until when the secret works where it is one that was rotated away. */
type Found = { readonly caller: Caller; readonly until: Date | undefined }

const channel = 'redpill_callers'
const loadedAtOnce = 500

/**
 * Keeps the bearers of keys in memory. An entry is read anew when the database tells of a change of its key or account
 * (in the transaction of that change), all are when notifications may have been missed.
 */
export async function openKeyCache(options: KeyCacheOptions): Promise<KeyCache> {
  const { database, secrets, clock } = options
  const { entriesMax = 100_000, unknownTtlMs = 5_000, entryTtlMs = 60_000 } = options
  const memory = openMemory(options)
  /** Readings under way. One that began before an invalidation may be out of date: it is neither shared nor kept. */
  const loading = new Map<string, Promise<Found | undefined>>()

  const stopListening = await database.listen(channel, (notice) => {
    const [what, id = ''] = notice.kind === 'message' ? notice.payload.split(' ') : []
    if (what === 'key') {
      loading.delete(id)
      memory.outdate(id)
      return
    }
    loading.clear()
    memory.outdateAll(({ found }) => what === undefined || found?.caller.accountId === id)
  })

  const read = openLoader(database.db)
  const hmacOf = rememberHmacs(secrets, entriesMax)
  const brake = openGuessBrake({ clock })

  const load = async (hmac: string, nowMs: number): Promise<Found | undefined> => {
    const reading = read(hmac)
    loading.set(hmac, reading)
    try {
      const found = await reading
      const isNew = loading.get(hmac) === reading
      if (isNew) memory.keep(hmac, { found, expiresAtMs: nowMs + (found ? entryTtlMs : unknownTtlMs) })
      else if (found && !memory.isInUse(hmac)) memory.keep(hmac, { found, expiresAtMs: -Infinity })
      return found
    } finally {
      if (loading.get(hmac) === reading) loading.delete(hmac)
    }
  }

  const look = (hmac: string): Found | undefined | Promise<Found | undefined> => {
    const nowMs = clock.monotonicMs()
    const kept = memory.get(hmac)
    if (kept && nowMs < kept.expiresAtMs) return kept.found
    return loading.get(hmac) ?? load(hmac, nowMs)
  }

  return {
    async authenticate(secret, address) {
      if (secret === undefined || secret === '') return refused('missing')
      if (parseSecret(secret) === undefined) return refused('malformed')
      const hmac = hmacOf(secret)
      const waitSeconds = address === undefined || memory.isInUse(hmac) ? undefined : brake.waitSeconds(address)
      if (waitSeconds !== undefined) return { kind: 'slow-down', retryAfterSeconds: waitSeconds }
      const found = await look(hmac)
      if (!found) {
        if (address !== undefined) brake.failed(address)
        return refused('unknown')
      }
      return judge(found, clock.nowMs())
    },
    close: stopListening,
  }
}

function judge({ caller, until }: Found, nowMs: number): Authenticated {
  const isPast = (time: Date | undefined) => time !== undefined && time.getTime() <= nowMs
  if (caller.key.disabled) return refused('disabled')
  if (isPast(caller.key.expiresAt)) return refused('expired')
  return isPast(until) ? refused('rotated') : { kind: 'caller', caller }
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

/** What was read of keys: of those that exist, and of some that do not. */
function openMemory({ entriesMax = 100_000, unknownMax = 10_000 }: Pick<KeyCacheOptions, 'entriesMax' | 'unknownMax'>) {
  const known = new Map<string, Entry>()
  const unknown = new Map<string, Entry>()

  /** To be read anew at its next call; that it was in use here stays known. */
  function outdate(hmac: string): void {
    const entry = known.get(hmac)
    if (entry) known.set(hmac, { ...entry, expiresAtMs: -Infinity })
    unknown.delete(hmac)
  }

  return {
    get: (hmac: string) => known.get(hmac) ?? unknown.get(hmac),
    isInUse: (hmac: string) => known.has(hmac),
    keep(hmac: string, entry: Entry): void {
      known.delete(hmac)
      unknown.delete(hmac)
      if (entry.found) keep(known, entriesMax, hmac, entry)
      else keep(unknown, unknownMax, hmac, entry)
    },
    outdate,
    outdateAll(isMeant: (entry: Entry) => boolean): void {
      for (const entries of [known, unknown]) {
        for (const [hmac, entry] of [...entries]) if (isMeant(entry)) outdate(hmac)
      }
    },
  }
}

/** Maps keep the order of insertion, so the first entry is the one that was loaded longest ago. */
function keep(entries: Map<string, Entry>, most: number, hmac: string, entry: Entry): void {
  entries.set(hmac, entry)
  if (entries.size <= most) return
  const [oldest] = entries.keys()
  if (oldest !== undefined) entries.delete(oldest)
}

type Waiting = {
  readonly hmac: string
  readonly resolve: (found: Found | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Reads keys: those asked for while a reading is under way form the next one, so that a flood of unknown keys takes one
 * connection and no more.
 */
function openLoader(db: Db): (hmac: string) => Promise<Found | undefined> {
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

async function findCallers(db: Db, hmacs: readonly string[]): Promise<ReadonlyMap<string, Found>> {
  const rows = await findCallerRows(
    db,
    hmacs.map((hmac) => Buffer.from(hmac, 'hex')),
  )
  const keys = await withBudgets(db, rows)
  const ownKeys =
    rows.length === 0 ? [] : await findProviderKeyRows(db, [...new Set(rows.map((row) => row.account_id))])
  const ownByAccount = Map.groupBy(ownKeys, (row) => row.account_id)
  const found = new Map<string, Found>()
  for (const [at, row] of rows.entries()) {
    const caller = callerOf(row, keys[at]!, ownByAccount.get(row.account_id))
    const { previous_hmac: previous, previous_until: until } = row
    found.set(row.secret_hmac.toString('hex'), { caller, until: undefined })
    if (previous && until) found.set(previous.toString('hex'), { caller, until })
  }
  return found
}

const callerOf = (row: CallerRow, key: ApiKey, ownKeys: readonly ProviderKeyRow[] | undefined): Caller => ({
  accountId: row.account_id,
  accountKind: row.account_kind,
  accountFrozen: row.account_frozen,
  accountRates: ratesOf({
    requests_per_minute: row.account_requests_per_minute,
    tokens_per_minute: row.account_tokens_per_minute,
    parallel_max: row.account_parallel_max,
  }),
  ...(ownKeys && { ownKeys: new Map(ownKeys.map((own) => [own.provider_id, ownKeyOf(own)])) }),
  key,
})

const ownKeyOf = ({ id, api_key_sealed: sealed, fallback }: ProviderKeyRow): OwnKey => ({ id, sealed, fallback })
