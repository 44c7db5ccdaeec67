import { type KeyboardEvent, type PointerEvent, type ReactElement, type ReactNode, useRef, useState } from 'react'
import { type Amount, axisSteps, heightOf, sumOf } from '../../lib/chart.ts'
import { exactTime, formatBucket, type Zone } from '../../lib/time.ts'
import { useZone } from '../preferences.ts'
import { useZoneName } from '../time.tsx'
import { useWidth } from '../width.ts'
import { ChartTable } from './chart-table.tsx'
import { Axes, Bars, Cursor, Lines } from './drawing.tsx'
import { Legend } from './legend.tsx'

/** One thing over time: a value for each bucket, undefined where nothing was measured. */
export type Series = {
  readonly id: string
  readonly label: string
  readonly values: readonly (Amount | undefined)[]
  /** 'Other', 'no model': drawn grey. */
  readonly isRest?: boolean
  /** Failures: drawn in the colour of what went wrong. */
  readonly isBad?: boolean
  /** The same at another time: a dotted line. */
  readonly isBefore?: boolean
}

export type TimeChartProps = {
  /** What is drawn, with its unit: 'Spend by model, credits'. */
  readonly title: string
  readonly kind: 'bars' | 'lines'
  /** The beginning of each bucket. */
  readonly times: readonly Date[]
  readonly bucketMs: number
  /** Where the buckets end, where they are not all of one length: days, months. */
  readonly ends?: readonly Date[]
  readonly series: readonly Series[]
  /** A line over the others, to compare with: the same time before. */
  readonly beside?: Series | undefined
  /** A figure for people, and short ones for the axis. */
  readonly format: (amount: Amount) => string
  readonly formatAxis?: (amount: number) => string
  /** Given: the pointer draws a span, Shift with the arrows too, and Enter chooses it; the page then shows that time only. */
  readonly onZoom?: (from: Date, to: Date) => void
  readonly heightPx?: number
  /** What is beside the legend: the choice of a metric, a link. */
  readonly actions?: ReactNode
}

export type Frame = {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly bottom: number
  readonly steps: readonly number[]
  readonly count: number
  readonly xOf: (index: number) => number
  readonly band: number
  readonly yOf: (value: number) => number
}

/**
 * A chart over time, drawn as SVG. The pointer or the arrow keys read single buckets; the same numbers stand in a table
 * behind it; series are told apart by order, lightness and name, never by hue alone.
 */
export function TimeChart(props: TimeChartProps): ReactElement {
  const { title, series, format, actions } = props
  const [at, setAt] = useState<number>()
  const [isTable, setIsTable] = useState(false)
  return (
    <figure className="chart">
      <figcaption className="chart-head">
        <Legend series={props.beside ? [...series, props.beside] : series} at={at} format={format} title={title} />
        <div className="page-actions">
          {actions}
          <button
            type="button"
            className="button"
            data-kind="quiet"
            data-size="small"
            onClick={() => setIsTable(!isTable)}
          >
            {isTable ? 'Show the chart' : 'Show the table'}
          </button>
        </div>
      </figcaption>
      {isTable ? <ChartTable {...props} /> : <Picture {...props} at={at} setAt={setAt} />}
    </figure>
  )
}

type PictureProps = TimeChartProps & {
  readonly at: number | undefined
  readonly setAt: (at: number | undefined) => void
}

function Picture(props: PictureProps) {
  const { title, kind, times, bucketMs, series, format, formatAxis = format, heightPx = 220, at } = props
  const zone = useZone()
  const zoneLabel = useZoneName()
  const holder = useRef<HTMLDivElement>(null)
  const frame = frameOf(props, useWidth(holder), heightPx, formatAxis)
  const { from, ...reading } = useReading(props, frame)
  const readout = at === undefined ? `Times in ${zoneLabel}` : readoutOf(props, at, zone)
  return (
    <div ref={holder} className="chart-holder" style={{ height: heightPx }}>
      <p className="chart-readout" aria-hidden="true">
        {readout}
      </p>
      <svg
        width={frame.width}
        height={heightPx}
        role="slider"
        tabIndex={0}
        aria-label={title}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, times.length - 1)}
        aria-valuenow={at ?? 0}
        aria-valuetext={
          at === undefined ? `${readout}. Arrow keys read ${times.length} times.` : spoken(props, at, zone)
        }
        {...reading}
      >
        <Axes frame={frame} times={times} format={formatAxis} nameOf={(time) => formatBucket(time, bucketMs, zone)} />
        {kind === 'bars' ? (
          <Bars frame={frame} series={series} at={at} />
        ) : (
          <Lines frame={frame} series={series} at={at} />
        )}
        {props.beside && <Lines frame={frame} series={[props.beside]} at={at} />}
        <Cursor frame={frame} at={at} from={from} isBand={kind === 'bars'} />
      </svg>
    </div>
  )
}

/** How the pointer and the keys read buckets and choose spans. */
function useReading({ times, ends, bucketMs, onZoom, at, setAt }: PictureProps, frame: Frame) {
  const [from, setFrom] = useState<number>()
  const choose = (first: number, last: number) => {
    const [begin, end] = [times[Math.min(first, last)], times[Math.max(first, last)]]
    if (begin && end) onZoom?.(begin, ends?.[Math.max(first, last)] ?? new Date(end.getTime() + bucketMs))
    setFrom(undefined)
  }
  const bucketAt = (event: PointerEvent<SVGSVGElement>) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left
    return Math.min(times.length - 1, Math.max(0, Math.floor((x - frame.left) / frame.band)))
  }
  const leave = () => {
    setAt(undefined)
    setFrom(undefined)
  }
  return {
    from,
    onBlur: leave,
    onPointerLeave: leave,
    onPointerMove: (event: PointerEvent<SVGSVGElement>) => setAt(bucketAt(event)),
    onPointerDown: (event: PointerEvent<SVGSVGElement>) => onZoom && setFrom(bucketAt(event)),
    onPointerUp: (event: PointerEvent<SVGSVGElement>) => {
      if (from !== undefined && from !== bucketAt(event)) choose(from, bucketAt(event))
      setFrom(undefined)
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === 'Enter' && at !== undefined) choose(from ?? at, at)
      const next = keyTarget(event.key, at, times.length)
      if (next === undefined) return
      event.preventDefault()
      setFrom(event.shiftKey && onZoom ? (from ?? at ?? next) : undefined)
      setAt(next)
    },
  }
}

/** What the reader hears at a bucket: its time and every figure. */
const spoken = (props: TimeChartProps, at: number, zone: Zone): string =>
  [
    readoutOf(props, at, zone),
    ...props.series.map(({ label, values }) => {
      const value = values[at]
      return `${label} ${value === undefined ? 'none' : props.format(value)}`
    }),
  ].join(', ')

function readoutOf({ times, series, format, kind, bucketMs }: TimeChartProps, at: number, zone: Zone): string {
  const time = times[at]
  if (!time) return ''
  const known = series.map(({ values }) => values[at]).filter((value) => value !== undefined)
  const total = kind === 'bars' ? ` · ${format(sumOf(known))}` : ''
  return `${bucketMs < 86_400_000 ? exactTime(time, zone) : formatBucket(time, bucketMs, zone)}${total}`
}

function keyTarget(key: string, at: number | undefined, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return Math.min(count - 1, (at ?? -1) + 1)
    case 'ArrowLeft':
      return Math.max(0, (at ?? count) - 1)
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}

/** About the width of a figure on the axis. */
const digitPx = 6.2

function frameOf(
  { kind, times, series, beside }: TimeChartProps,
  width: number,
  height: number,
  formatAxis: (step: number) => string,
): Frame {
  const heights = times.map((_time, index) => {
    const known = series.map(({ values }) => values[index]).filter((value) => value !== undefined)
    return kind === 'bars' ? heightOf(sumOf(known)) : Math.max(0, ...known.map(heightOf))
  })
  const compared = (beside?.values ?? []).map((value) => (value === undefined ? 0 : heightOf(value)))
  const steps = axisSteps(Math.max(0, ...heights, ...compared))
  const [left, top, bottom] = [Math.max(...steps.map((step) => formatAxis(step).length)) * digitPx + 12, 28, 22]
  const most = steps.at(-1) ?? 1
  const band = (width - left) / Math.max(1, times.length)
  return {
    width,
    height,
    left,
    bottom,
    steps,
    count: times.length,
    band,
    xOf: (index) => left + (index + 0.5) * band,
    yOf: (value) => height - bottom - (value / most) * (height - top - bottom),
  }
}
