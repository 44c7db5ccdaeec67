import type { ReactElement } from 'react'
import { Badge } from '../../ui/badge.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { Ago, Time, useNow } from '../../ui/time.tsx'
import { type Key, statusOf } from './key-status.ts'

type CellProps = { readonly of: Key }

/** What it is called, and the ends of its secret. */
export const KeyName = ({ of: key }: CellProps): ReactElement => (
  <span className="key-name key-title">
    {key.name} <code className="faint">{key.label}</code>
  </span>
)

/** How it is doing, with the advice on hover and focus. */
export function KeyStatusBadge({ of: key }: CellProps): ReactElement {
  const { words, tone, advice } = statusOf(key, { now: useNow(), zone: useZone(), unit: usePreference('unit') })
  return (
    <Badge tone={tone} why={advice}>
      {words}
    </Badge>
  )
}

/** When a call was made with it last, and by which app. */
export function KeyUsed({ of: { last_used_at: at, last_used_app: app } }: CellProps): ReactElement {
  if (at === null) return <span className="faint">never</span>
  return (
    <span className="key-name">
      <Ago at={at} />
      {app !== null && <span className="faint key-by">by {app}</span>}
    </span>
  )
}

export const KeyExpiry = ({ of: { expires_at: at } }: CellProps): ReactElement =>
  at === null ? <span className="faint">never</span> : <Ago at={at} />

/** When it was made, and by whom where that is known. */
export const KeyMade = ({ of: key, by }: CellProps & { readonly by: string | undefined }): ReactElement => (
  <span className="key-name">
    <Time at={key.created_at} show="day" />
    {by !== undefined && <span className="faint key-by">by {by}</span>}
  </span>
)
