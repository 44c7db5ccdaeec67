import type { ReactElement } from 'react'
import { heightOf, linePath, namedBuckets } from '../../lib/chart.ts'
import type { Frame, Series } from './time-chart.tsx'

/** The class that gives a series its colour, by its place in the order. */
export function colourOf({ isRest, isBad, isBefore }: Series, index: number): string {
  if (isBefore) return 'series-before'
  if (isRest) return 'series-rest'
  return isBad ? 'series-bad' : `series-${(index % 7) + 1}`
}

const nameWidthPx = 76

/** Hairlines with their figures, and the names of some buckets. */
export function Axes({
  frame,
  times,
  format,
  nameOf,
}: {
  readonly frame: Frame
  readonly times: readonly Date[]
  readonly format: (value: number) => string
  readonly nameOf: (time: Date) => string
}): ReactElement {
  const { width, height, steps, xOf, yOf, bottom } = frame
  return (
    <g className="chart-axes">
      {steps.map((step) => (
        <g key={step}>
          <line
            x1={frame.left}
            x2={width}
            y1={Math.round(yOf(step)) + 0.5}
            y2={Math.round(yOf(step)) + 0.5}
            data-base={step === 0 ? '' : undefined}
          />
          {(step > 0 || steps.length > 2) && (
            <text x={frame.left - 8} y={yOf(step) + 4} textAnchor="end">
              {format(step)}
            </text>
          )}
        </g>
      ))}
      {namedBuckets(times.length, Math.floor((width - frame.left) / nameWidthPx)).map((index) => {
        const time = times[index]
        const x = xOf(index) - frame.band / 2
        return (
          time &&
          x < width - nameWidthPx / 2 && (
            <text key={index} x={x} y={height - bottom + 16}>
              {nameOf(time)}
            </text>
          )
        )
      })}
    </g>
  )
}

type Drawn = { readonly frame: Frame; readonly series: readonly Series[]; readonly at: number | undefined }

/** Stacked bars, the first series at the bottom. */
export function Bars({ frame, series, at }: Drawn): ReactElement {
  const { band, xOf, yOf, count } = frame
  const gap = band > 5 ? Math.min(6, band * 0.25) : band > 2 ? 1 : 0
  return (
    <g>
      {Array.from({ length: count }, (_none, index) => {
        let base = 0
        return (
          <g key={index} opacity={at === undefined || at === index ? 1 : 0.45}>
            {series.map((each, order) => {
              const value = heightOf(each.values[index] ?? 0)
              const [bottom, top] = [yOf(base), yOf(base + value)]
              base += value
              return value > 0 ? (
                <rect
                  key={each.id}
                  className={colourOf(each, order)}
                  x={xOf(index) - (band - gap) / 2}
                  width={Math.max(0.5, band - gap)}
                  y={top}
                  height={Math.max(0.75, bottom - top)}
                />
              ) : null
            })}
          </g>
        )
      })}
    </g>
  )
}

/** Lines, each with a dot where the reader is. */
export function Lines({ frame, series, at }: Drawn): ReactElement {
  const { xOf, yOf } = frame
  return (
    <g>
      {series.map((each, order) => {
        const value = at === undefined ? undefined : each.values[at]
        return (
          <g key={each.id} className={colourOf(each, order)}>
            <path
              className="chart-line"
              data-dash={each.isBefore ? 2 : order % 3}
              d={linePath(each.values, xOf, (amount) => yOf(heightOf(amount)))}
            />
            {at !== undefined && value !== undefined && <circle cx={xOf(at)} cy={yOf(heightOf(value))} r={3.5} />}
            {each.values.length === 1 && each.values[0] !== undefined && (
              <circle cx={xOf(0)} cy={yOf(heightOf(each.values[0]))} r={3} />
            )}
          </g>
        )
      })}
    </g>
  )
}

/** Where the reader is, and the span that the pointer draws. */
export function Cursor({
  frame,
  at,
  from,
  isBand,
}: {
  readonly frame: Frame
  readonly at: number | undefined
  readonly from: number | undefined
  readonly isBand: boolean
}): ReactElement | null {
  if (at === undefined) return null
  const { band, left, height, bottom, xOf } = frame
  const [first, last] = [Math.min(at, from ?? at), Math.max(at, from ?? at)]
  if (from !== undefined && first !== last)
    return (
      <rect
        className="chart-span"
        x={left + first * band}
        width={(last - first + 1) * band}
        y={0}
        height={height - bottom}
      />
    )
  return isBand ? null : <line className="chart-cursor" x1={xOf(at)} x2={xOf(at)} y1={24} y2={height - bottom} />
}
