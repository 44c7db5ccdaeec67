import type { ReactElement } from 'react'
import { type Amount, sumOf } from '../../lib/chart.ts'
import { colourOf } from './drawing.tsx'
import type { Series } from './time-chart.tsx'

/** The title and the names of the series; with the figures of the bucket that is read, while one is. */
export function Legend({
  title,
  series,
  at,
  format,
}: {
  readonly title: string
  readonly series: readonly Series[]
  readonly at: number | undefined
  readonly format: (amount: Amount) => string
}): ReactElement {
  return (
    <div className="legend">
      <strong>{title}</strong>
      <ul>
        {series.map((each, order) => {
          const known = each.values.filter((value) => value !== undefined)
          const value = at === undefined ? undefined : each.values[at]
          return (
            <li key={each.id}>
              <span className={`legend-swatch ${colourOf(each, order)}`} />
              {each.label}
              {at !== undefined && known.length > 0 && (
                <span className="soft">{value === undefined ? '-' : format(value)}</span>
              )}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/** The total of all buckets, exact. */
export const totalOf = ({ values }: Series): Amount => sumOf(values.filter((value) => value !== undefined))
