import type { Clock } from '../core/clock.ts'
import type { Uuid } from '../core/ids.ts'
import type { Database } from '../platform/database/index.ts'
import { openBounds } from './bounds.ts'
import { openClaims } from './claims.ts'
import { openPass, unlimited } from './pass.ts'
import { openShares } from './shares.ts'
import { standingsOf } from './standings.ts'
import { deleteExpiredShares } from './store.ts'
import { takeAll, type Desk } from './take.ts'
import type { DefaultLimits, Limiter } from './types.ts'

export type LimiterOptions = {
  readonly database: Database
  readonly processId: Uuid
  readonly clock: Clock
  readonly defaults: DefaultLimits
  readonly log?: (message: string, error: unknown) => void
}

/** A third of the life of a place that nobody renews. */
const renewEveryMs = 5_000

/**
 * Limits per minute and of parallel calls, exact over all processes of a database. Each process takes a share of a limit
 * in one statement and uses it without asking; one that runs short has the others give back what they do not use.
 */
export async function openLimiter(options: LimiterOptions): Promise<Limiter> {
  const { database, processId, clock, defaults, log = () => {} } = options
  const { db } = database
  const boundsOf = openBounds(defaults)
  const desk: Desk = { shares: openShares(clock), claims: openClaims(db, processId, clock), clock }
  const { shares, claims } = desk
  const giveBack: typeof claims.giveBack = (some) =>
    claims.giveBack(some).catch((error: unknown) => log('shares of limits could not be given back', error))

  const stopListening = await database.listen('redpill_rate', (notice) => {
    if (notice.kind !== 'message') return
    const [ownerId = '', resource = '', minute = '', from = ''] = notice.payload.split(' ')
    const share = from === processId ? undefined : shares.find(ownerId, resource)
    if (!share || share.minute !== Number(minute)) return
    const still = share.moving?.catch(() => {}) ?? Promise.resolve()
    void still.then(() => giveBack([share]))
  })

  async function renew(): Promise<void> {
    shares.forgetOld()
    if (shares.all().length === 0) return
    await giveBack(shares.places())
    await deleteExpiredShares(db)
  }
  const timer = setInterval(() => {
    renew().catch((error: unknown) => log('shares of limits could not be renewed', error))
  }, renewEveryMs)
  timer.unref()

  return {
    async enter(caller) {
      const bounds = boundsOf(caller)
      if (bounds.length === 0) return { kind: 'entered', pass: unlimited }
      const atOnce = bounds.filter(({ resource }) => resource !== 'tokens')
      const result = await takeAll(desk, atOnce, () => 1)
      if (result.kind === 'refused') return result
      const onDebt = (share: Parameters<typeof giveBack>[0][number]) => void giveBack([share])
      return { kind: 'entered', pass: openPass({ desk, bounds, taken: result.taken, onDebt }) }
    },
    standings: (caller) => standingsOf(shares, boundsOf(caller)),
    async close() {
      clearInterval(timer)
      await stopListening()
      await giveBack(shares.all())
    },
  }
}
