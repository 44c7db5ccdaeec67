import type { Standing } from '../types.ts'
import { openBreaker, type Breaker } from './breaker.ts'
import { openWitnesses, operators } from './witnesses.ts'

/** One breaker for all, and one for each account that saw what does not count for the others. */
export type Breakers = Pick<Breaker, 'restEndedMs' | 'stillFails' | 'probe' | 'release' | 'limited'> & {
  readonly standing: (nowMs: number, accountId: string | undefined) => Standing
  /** Of the failures of this half minute, the part that counts for all. */
  readonly countedPart: (nowMs: number) => number
  /** A call of this account is sent; `undefined`: one of the operator, which always counts. */
  readonly sent: (accountId: string | undefined, startedMs: number) => Sent
}

/** What becomes of a call, as far as breakers care. */
export type Sent = {
  readonly begun: (nowMs: number) => void
  readonly succeeded: (nowMs: number) => void
  /** `recent`: the outcomes of the last 30 seconds, this one included. */
  readonly failed: (nowMs: number, recent: { readonly ok: number; readonly failed: number }) => void
  /** It is over, however it ended: the next one may find out. */
  readonly left: () => void
}

const well: Standing = { kind: 'well' }

export function openBreakers(): Breakers {
  const shared = openBreaker()
  const witnesses = openWitnesses()
  const own = openOwn()
  return {
    standing(nowMs, accountId) {
      const stands = shared.standing(nowMs)
      return stands.kind === 'well' && accountId !== undefined ? own.standing(accountId, nowMs) : stands
    },
    countedPart: witnesses.countedPart,
    sent(accountId = operators, startedMs) {
      witnesses.called(accountId, startedMs)
      const probed = [shared, own.of(accountId)].filter((breaker) => breaker?.isHalfOpen(startedMs))
      for (const breaker of probed) breaker?.probe()
      return {
        begun(nowMs) {
          const counts = accountId === operators || witnesses.believesDelay(accountId, nowMs)
          witnesses.begun(accountId, shared.begun(startedMs, nowMs, counts) !== 'in-time', nowMs)
        },
        succeeded(nowMs) {
          witnesses.succeeded(nowMs)
          shared.succeeded(startedMs)
          own.succeeded(accountId, startedMs, nowMs)
        },
        failed(nowMs, { ok, failed }) {
          witnesses.failed(accountId, nowMs)
          const inARow = witnesses.inARow(nowMs)
          shared.failed(nowMs, { inARow, ok, failed: failed * witnesses.countedPart(nowMs) })
          if (accountId !== operators && shared.standing(nowMs).kind === 'well') own.failed(accountId, nowMs)
        },
        left() {
          for (const breaker of probed) breaker?.release()
        },
      }
    },
    limited: shared.limited,
    restEndedMs: shared.restEndedMs,
    stillFails: shared.stillFails,
    probe: shared.probe,
    release: shared.release,
  }
}

/** Beyond so many accounts, the one that failed first finds out anew. */
const accountsMax = 1_000

type Own = { readonly breaker: Breaker; readonly inARow: number }

/** What keeps single accounts away. */
function openOwn() {
  const all = new Map<string, Own>()
  const standing = (accountId: string, nowMs: number): Standing => all.get(accountId)?.breaker.standing(nowMs) ?? well
  return {
    standing,
    of: (accountId: string): Breaker | undefined => all.get(accountId)?.breaker,
    succeeded(accountId: string, startedMs: number, nowMs: number): void {
      all.get(accountId)?.breaker.succeeded(startedMs)
      if (standing(accountId, nowMs).kind === 'well') all.delete(accountId)
    },
    failed(accountId: string, nowMs: number): void {
      const { breaker, inARow } = all.get(accountId) ?? { breaker: openBreaker(), inARow: 0 }
      all.set(accountId, { breaker, inARow: inARow + 1 })
      breaker.failed(nowMs, { inARow: inARow + 1, ok: 0, failed: 0 })
      if (all.size > accountsMax) all.delete(all.keys().next().value!)
    },
  }
}
