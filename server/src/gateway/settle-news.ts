import type { Uuid } from '../core/ids.ts'

/** Tells calls that wait for credits when another call of their account has settled in this process. */
export type SettleNews = {
  readonly settled: (accountId: Uuid) => void
  /** Resolves at the account's next settle here, or after `limitMs`: settles of other processes are not told. */
  readonly next: (accountId: Uuid, limitMs: number) => Promise<void>
}

export function openSettleNews(): SettleNews {
  const waiting = new Map<Uuid, Set<() => void>>()
  return {
    settled(accountId) {
      const listeners = waiting.get(accountId)
      if (!listeners) return
      waiting.delete(accountId)
      for (const wake of listeners) wake()
    },
    next: (accountId, limitMs) =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          const listeners = waiting.get(accountId)
          listeners?.delete(wake)
          if (listeners?.size === 0) waiting.delete(accountId)
          resolve()
        }
        const timer = setTimeout(wake, limitMs)
        const listeners = waiting.get(accountId) ?? new Set()
        listeners.add(wake)
        waiting.set(accountId, listeners)
      }),
  }
}
