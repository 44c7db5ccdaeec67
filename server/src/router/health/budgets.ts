import { openRing } from './ring.ts'

/** Bounds the attempts that calls may have beyond their first: a floor, and a part of the calls, in every ten seconds. */
export type Budget = {
  /** Notes a call's first attempt. */
  readonly called: (nowMs: number) => void
  /** Takes one extra attempt for a call of this account, if there is one left for it. */
  readonly spend: (accountId: string, nowMs: number) => boolean
}

type Bounds = {
  readonly always: number
  readonly partOfCalls: number
  /** An account may have so many times what is left for the others. */
  readonly timesLeft: number
}

const windowMs = 10_000

/**
 * Bounds what failures may add to the load of a model's providers: when everything fails, retries would only make it
 * worse. The floor lets a quiet model fail over at all. No account can take all of it (dynamic thresholds, Choudhury and
 * Hahne 1998): one alone gets four fifths (fifty, and a fifth of the calls), and whoever comes next finds some.
 */
export const openRetryBudget = (): Budget => openBudget({ always: 62, partOfCalls: 0.25, timesLeft: 4 })

/** Bounds the hedges of one account: what the cancelled provider bills is the operator's. */
export const openHedgeBudget = (): Budget => openBudget({ always: 10, partOfCalls: 0.2, timesLeft: Infinity })

function openBudget({ always, partOfCalls, timesLeft }: Bounds): Budget {
  const calls = openRing({ slices: 11, sliceMs: 1_000, columns: 1 })
  const spent = openTally()
  return {
    called: (nowMs) => calls.add(0, nowMs),
    spend(accountId, nowMs) {
      const { total, own } = spent.countOf(accountId, nowMs)
      const left = always + partOfCalls * calls.sum(0, windowMs, nowMs) - total
      if (left < 1 || own + 1 > left * timesLeft) return false
      spent.add(accountId, nowMs)
      return true
    },
  }
}

/** Who spent how much within the window. It holds one entry for each time, which the budget itself bounds. */
function openTally() {
  const entries: { readonly accountId: string; readonly atMs: number }[] = []
  const counts = new Map<string, number>()

  function forget(nowMs: number): void {
    const fresh = entries.findIndex(({ atMs }) => atMs > nowMs - windowMs)
    for (const { accountId } of entries.splice(0, fresh === -1 ? entries.length : fresh)) {
      const left = counts.get(accountId)! - 1
      if (left > 0) counts.set(accountId, left)
      else counts.delete(accountId)
    }
  }

  return {
    countOf(accountId: string, nowMs: number) {
      forget(nowMs)
      return { total: entries.length, own: counts.get(accountId) ?? 0 }
    },
    add(accountId: string, nowMs: number): void {
      entries.push({ accountId, atMs: nowMs })
      counts.set(accountId, (counts.get(accountId) ?? 0) + 1)
    },
  }
}
