import { useState } from 'react'
import type { ActivitySearch } from './question.ts'

export type View = { readonly name: string; readonly search: ActivitySearch }

const viewsMost = 50
const keyOf = (accountId: string) => `redpill.activity-views.${accountId}`

/** Reads views that were kept; whatever else is found there counts as none. */
export function readViews(text: string | null): readonly View[] {
  try {
    const kept: unknown = JSON.parse(text ?? '[]')
    return Array.isArray(kept) ? kept.filter(isView).slice(0, viewsMost) : []
  } catch {
    return []
  }
}

function isView(value: unknown): value is View {
  if (typeof value !== 'object' || value === null) return false
  const { name, search } = value as Partial<View>
  return typeof name === 'string' && name !== '' && typeof search === 'object' && search !== null
}

/** The views with one more, the newest first; one of the same name is replaced. */
export const withView = (views: readonly View[], view: View): readonly View[] =>
  [view, ...views.filter(({ name }) => name !== view.name)].slice(0, viewsMost)

/** Charts that somebody keeps under a name, in this browser. */
export function useViews(accountId: string) {
  const [views, setViews] = useState(() => readViews(localStorage.getItem(keyOf(accountId))))
  const keep = (next: readonly View[]) => {
    localStorage.setItem(keyOf(accountId), JSON.stringify(next))
    setViews(next)
  }
  return {
    views,
    add: (view: View) => keep(withView(views, view)),
    remove: (name: string) => keep(views.filter((view) => view.name !== name)),
  }
}
