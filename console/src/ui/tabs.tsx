import type { KeyboardEvent, ReactElement, ReactNode } from 'react'
import { useEffect, useId, useRef } from 'react'

export type Tab = { readonly id: string; readonly label: string }

type TabListProps = {
  readonly label: string
  readonly tabs: readonly Tab[]
  readonly value: string
  readonly onChange: (id: string) => void
  readonly panelId: string
}

/** The row of tabs alone; arrows walk it. */
export function TabList({ label, tabs, value, onChange, panelId }: TabListProps): ReactElement {
  const row = useRef<HTMLDivElement>(null)
  // Where they do not all fit, the one that is chosen is seen.
  useEffect(() => showTab(row.current, value), [value])
  const walk = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const at = tabs.findIndex(({ id }) => id === value)
    const next = tabs[(at + step + tabs.length) % tabs.length]
    if (!next) return
    event.preventDefault()
    onChange(next.id)
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus()
  }
  return (
    <div ref={row} className="tabs" role="tablist" aria-label={label} tabIndex={-1} onKeyDown={walk}>
      {tabs.map((tab) => (
        <button
          key={tab.id}
          type="button"
          role="tab"
          data-tab={tab.id}
          aria-selected={tab.id === value}
          aria-controls={panelId}
          tabIndex={tab.id === value ? 0 : -1}
          onClick={() => onChange(tab.id)}
        >
          {tab.label}
        </button>
      ))}
    </div>
  )
}

function showTab(row: HTMLElement | null, id: string): void {
  const tab = row?.querySelector<HTMLElement>(`[data-tab="${id}"]`)
  if (!row || !tab) return
  const [start, end] = [tab.offsetLeft - row.offsetLeft, tab.offsetLeft - row.offsetLeft + tab.offsetWidth]
  if (start < row.scrollLeft || end > row.scrollLeft + row.clientWidth) row.scrollLeft = start
}

/** Parts of a page of which one is seen; which one belongs into the address. */
export function Tabs({
  children,
  ...list
}: Omit<TabListProps, 'panelId'> & { readonly children: ReactNode }): ReactElement {
  const panelId = useId()
  return (
    <div className="tabbed">
      <TabList {...list} panelId={panelId} />
      <div id={panelId} role="tabpanel" aria-label={list.tabs.find(({ id }) => id === list.value)?.label}>
        {children}
      </div>
    </div>
  )
}
