import type { ReactElement, ReactNode } from 'react'
import { Tooltip } from './tooltip.tsx'

export type Tone = 'good' | 'warn' | 'bad' | 'neutral'

/** A state in words. The dot's colour only repeats them; `why` explains on hover and focus. */
export function Badge({
  tone = 'neutral',
  why,
  children,
}: {
  readonly tone?: Tone
  readonly why?: ReactNode
  readonly children: ReactNode
}): ReactElement {
  if (why === undefined)
    return (
      <span className="badge" data-tone={tone}>
        {children}
      </span>
    )
  return (
    <Tooltip text={why}>
      <button type="button" className="badge" data-tone={tone}>
        {children}
      </button>
    </Tooltip>
  )
}

/** A bar of a share that is used, and of one that is set aside, with its words for those who do not see it. */
export function Meter({
  percent,
  asidePercent = 0,
  label,
  tone = 'neutral',
}: {
  readonly percent: number
  readonly asidePercent?: number
  readonly label: string
  readonly tone?: Tone
}): ReactElement {
  return (
    <span className="meter" role="img" aria-label={label} data-tone={tone}>
      <span style={{ width: `${percent}%` }} />
      {asidePercent > 0 && <span className="meter-aside" style={{ width: `${asidePercent}%` }} />}
    </span>
  )
}

/** A figure with its name, and what it means or how it changed under it. */
export function Stat({
  label,
  value,
  detail,
}: {
  readonly label: string
  readonly value: ReactNode
  readonly detail?: ReactNode
}): ReactElement {
  return (
    <div className="stat">
      <dt>{label}</dt>
      <dd className="stat-value">{value}</dd>
      {detail !== undefined && <dd className="stat-detail">{detail}</dd>}
    </div>
  )
}

/** Figures side by side. */
export const Stats = ({ children }: { readonly children: ReactNode }): ReactElement => (
  <dl className="stats">{children}</dl>
)

/** Names and values under each other, as details are shown. */
export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[]
}): ReactElement {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
