import { useSyncExternalStore } from 'react'

/** The key that pays for what is tried here. Its secret lives in this variable and dies with the tab. */
export type PayingKey = {
  readonly secret: string
  /** Whose page this was; another account starts without a key. */
  readonly accountId: string
}

let paying: PayingKey | undefined
const listeners = new Set<() => void>()

export function setPayingKey(key: PayingKey | undefined): void {
  paying = key
  for (const listener of listeners) listener()
}

export function usePayingKey(accountId: string): PayingKey | undefined {
  const key = useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => paying,
  )
  return key?.accountId === accountId ? key : undefined
}
