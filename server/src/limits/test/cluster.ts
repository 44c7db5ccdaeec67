import { testDatabase, type Scope } from '../../../test/support/database.ts'
import { clock as realClock } from '../../../test/support/clock.ts'
import { idSource } from '../../core/ids.ts'
import { randomBytes } from 'node:crypto'
import type { Caller, RateLimits } from '../../accounts/index.ts'
import { openDatabase, type Database } from '../../platform/database/index.ts'
import { openLimiter, type DefaultLimits, type Limiter, type Pass } from '../index.ts'

const makeId = idSource(realClock, { bytes: (length) => randomBytes(length) })

const unlimitedRates: RateLimits = { requests: undefined, tokens: undefined, parallel: undefined }
export const noDefaults: DefaultLimits = {
  key: { requests: 0, tokens: 0, parallel: 0 },
  account: { requests: 0, tokens: 0, parallel: 0 },
}

/** A caller with these limits of its key and of its account. */
export function callerWith(key: Partial<RateLimits>, account: Partial<RateLimits> = {}, accountId = makeId()): Caller {
  return {
    accountId,
    accountKind: 'customer',
    accountFrozen: false,
    accountRates: { ...unlimitedRates, ...account },
    key: {
      id: makeId(),
      accountId,
      kind: 'inference',
      name: 'a key',
      label: 'sk-rp-a...z',
      limit: undefined,
      window: 'total',
      callCap: undefined,
      rates: { ...unlimitedRates, ...key },
      policy: { models: undefined, providers: undefined, addresses: undefined },
      keeping: { cacheSeconds: undefined, storeAnswers: undefined },
      previousUntil: undefined,
      disabled: false,
      expiresAt: undefined,
      createdAt: new Date(0),
    },
  }
}

/** Limiters on one database, as so many processes have them, and a clock that the test moves. */
export async function openCluster(scope: Scope, processes: number, defaults = noDefaults) {
  const database = await testDatabase(scope)
  const time = { nowMs: 30_000_000_000_000 }
  // What others do not use is waited for; a slow machine has ten times as long for it.
  const clock = { nowMs: () => time.nowMs, monotonicMs: () => realClock.monotonicMs() / 10 }
  const faults: unknown[] = []
  const log = (_message: string, error: unknown) => void faults.push(error)
  const start = (own: Database = database) => openLimiter({ database: own, processId: makeId(), clock, defaults, log })
  const limiters: Limiter[] = []
  while (limiters.length < processes) limiters.push(await start())
  /** A process that takes a share and dies with it: it neither gives back nor hears of anything any more. */
  const dieWithShare = async (caller: Caller) => {
    const own = openDatabase({ connection: database.connection })
    const dead = await start(own)
    const entered = await dead.enter(caller)
    await own.close()
    return entered
  }
  const sharesWritten = async () => {
    const { rows } = await database.pool.query<{ resource: string; amount: bigint }>(
      'select resource, sum(amount)::bigint as amount from rate_share group by resource',
    )
    return Object.fromEntries(rows.map(({ resource, amount }) => [resource, Number(amount)]))
  }
  return { limiters, time, faults, database, dieWithShare, sharesWritten }
}

/** Asks so often, all at once, each process in turn; the passes of those that were let in. */
export async function storm(limiters: readonly Limiter[], caller: Caller, times: number): Promise<readonly Pass[]> {
  const entered = await Promise.all(
    Array.from({ length: times }, (_, at) => limiters[at % limiters.length]!.enter(caller)),
  )
  return entered.flatMap((each) => (each.kind === 'entered' ? [each.pass] : []))
}
