import type { ReactElement, ReactNode } from 'react'
import type { RangeSearch } from '../../lib/range.ts'
import { type Series, TimeChart } from '../../ui/chart/time-chart.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { amountOf, formatAxis, formatFigure, type Told } from './figures.ts'
import { nameOf } from './names.ts'
import { bucketMs, groups, metrics, type Question } from './question.ts'

type Props = {
  readonly told: Told
  readonly question: Question
  readonly onZoom: (range: RangeSearch) => void
  readonly actions: ReactNode
}

/** The answer as a chart; a span that is drawn on it becomes the time of the page. */
export function SeriesChart({ told, question, onZoom, actions }: Props): ReactElement {
  const moneyUnit = usePreference('unit')
  const { metric, group, subgroup, look } = question
  const by = [group, subgroup].filter((name) => name !== undefined).map((name) => groups[name].toLowerCase())
  const title = [metrics[metric].label, ...(by.length > 0 ? [`by ${by.join(' and ')}`] : [])].join(' ')
  return (
    <TimeChart
      title={question.cumulative ? `${title}, added up` : title}
      kind={look}
      heightPx={300}
      times={told.buckets.map(({ start }) => new Date(start))}
      ends={told.buckets.map(({ end }) => new Date(end))}
      bucketMs={bucketMs(told.bucket)}
      series={linesOf(told, question)}
      beside={
        told.before
          ? { ...valuesOf(told.before.values), id: 'before', label: 'The time before', isBefore: true }
          : undefined
      }
      format={(amount) => formatFigure(amount, told.unit, moneyUnit)}
      formatAxis={(amount) => formatAxis(amount, told.unit, moneyUnit)}
      onZoom={(from, to) => onZoom({ range: undefined, from: from.toISOString(), to: to.toISOString() })}
      actions={actions}
    />
  )
}

function linesOf({ series, total }: Told, { group, subgroup }: Question): readonly Series[] {
  // Without a call there is no line; the empty chart keeps its place.
  if (series.length === 0) return [{ id: 'all', label: 'No calls', ...valuesOf(total.values), isRest: true }]
  return series.map((line, at) => ({
    id: `${line.group} ${line.subgroup} ${at}`,
    label: nameOf(line, group, subgroup),
    isRest: line.is_other,
    ...valuesOf(line.values),
  }))
}

const valuesOf = (values: Told['total']['values']) => ({ values: values.map(amountOf) })
