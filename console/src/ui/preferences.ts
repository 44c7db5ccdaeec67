import { useSearch } from '@tanstack/react-router'
import { useSyncExternalStore } from 'react'
import type { MoneyUnit } from '../lib/money.ts'
import type { Zone } from '../lib/time.ts'

/** What a reader chose once and every page keeps to. Stored in this browser, told to its other tabs. */
export type Preferences = {
  readonly unit: MoneyUnit
  readonly zone: Zone
  readonly theme: 'system' | 'light' | 'dark'
}

const choices: { readonly [Name in keyof Preferences]: readonly Preferences[Name][] } = {
  unit: ['credits', 'usd'],
  zone: ['local', 'utc'],
  theme: ['system', 'light', 'dark'],
}

const listeners = new Set<() => void>()
const keyOf = (name: keyof Preferences) => `redpill.${name}`

function read<Name extends keyof Preferences>(name: Name): Preferences[Name] {
  const kept = localStorage.getItem(keyOf(name))
  return choices[name].find((choice) => choice === kept) ?? (choices[name][0] as Preferences[Name])
}

/** Keeps a choice; everything that shows it changes at once. */
export function setPreference<Name extends keyof Preferences>(name: Name, value: Preferences[Name]): void {
  localStorage.setItem(keyOf(name), value)
  changed()
}

function changed() {
  const theme = read('theme')
  if (theme === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  if (listeners.size === 0) window.addEventListener('storage', changed)
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) window.removeEventListener('storage', changed)
  }
}

export const usePreference = <Name extends keyof Preferences>(name: Name): Preferences[Name] =>
  useSyncExternalStore(subscribe, () => read(name))

/** The zone of all times on the page: what its address says (a link shows the same times to all), else the choice. */
export function useZone(): Zone {
  const kept = usePreference('zone')
  const { zone } = useSearch({ strict: false })
  return zone ?? kept
}
