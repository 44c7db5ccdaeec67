import type { ReactElement } from 'react'
import { sumOf } from '../../lib/chart.ts'
import { exactTime, formatDay } from '../../lib/time.ts'
import { useZone } from '../preferences.ts'
import { EmptyNote } from '../state.tsx'
import { type Column, Table } from '../table.tsx'
import { useZoneName } from '../time.tsx'
import { totalOf } from './legend.tsx'
import type { TimeChartProps } from './time-chart.tsx'

type Bucket = { readonly time: Date; readonly index: number }

/** The numbers of a chart as a table; with the sums of what is stacked. */
export function ChartTable({ title, kind, times, bucketMs, series, beside, format }: TimeChartProps): ReactElement {
  const zone = useZone()
  const isStacked = kind === 'bars'
  const columns: Column<Bucket>[] = [
    {
      id: 'time',
      head: `Time, ${useZoneName()}`,
      cell: ({ time }) => (bucketMs < 86_400_000 ? exactTime(time, zone).slice(0, 16) : formatDay(time, zone)),
      footer: isStacked ? 'All' : undefined,
    },
    ...series.map((each): Column<Bucket> => ({
      id: each.id,
      head: each.label,
      align: 'end',
      cell: ({ index }) => {
        const value = each.values[index]
        return value === undefined ? '-' : format(value)
      },
      footer: isStacked ? format(totalOf(each)) : undefined,
    })),
  ]
  if (isStacked && series.length > 1)
    columns.push({
      id: 'sum',
      head: 'Sum',
      align: 'end',
      cell: ({ index }) =>
        format(sumOf(series.map(({ values }) => values[index]).filter((value) => value !== undefined))),
      footer: format(sumOf(series.map(totalOf))),
    })
  if (beside)
    columns.push({
      id: beside.id,
      head: beside.label,
      align: 'end',
      cell: ({ index }) => {
        const value = beside.values[index]
        return value === undefined ? '-' : format(value)
      },
      footer: isStacked ? format(totalOf(beside)) : undefined,
    })
  return (
    <div className="chart-table" role="region" aria-label={title} tabIndex={0}>
      <Table
        caption={title}
        columns={columns}
        rows={times.map((time, index) => ({ time, index }))}
        rowId={({ time }) => time.toISOString()}
        empty={<EmptyNote title="Nothing in this time" />}
      />
    </div>
  )
}
