import type { ReactElement } from 'react'
import { type Amount, heightOf } from '../../lib/chart.ts'

/** A small picture of a course beside its figure; what it shows is said in words for those who do not see it. */
export function Sparkline({
  values,
  label,
  width = 96,
  height = 20,
}: {
  readonly values: readonly Amount[]
  readonly label: string
  readonly width?: number
  readonly height?: number
}): ReactElement {
  const most = Math.max(...values.map(heightOf), 0)
  const band = width / Math.max(1, values.length)
  return (
    <svg
      className="sparkline"
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={label}
    >
      <line x1={0} x2={width} y1={height - 0.5} y2={height - 0.5} />
      {values.map((value, index) => {
        const tall = most === 0 ? 0 : (heightOf(value) / most) * (height - 2)
        return tall > 0 ? (
          <rect
            key={index}
            x={index * band}
            width={Math.max(1, band - 1)}
            y={height - Math.max(1, tall)}
            height={Math.max(1, tall)}
          />
        ) : null
      })}
    </svg>
  )
}
