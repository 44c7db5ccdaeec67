import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { CallFilters } from '../../lib/call-search.ts'
import type { MoneyUnit } from '../../lib/money.ts'
import { formatShare } from '../../lib/numbers.ts'
import type { RangeSearch } from '../../lib/range.ts'
import { NoCalls } from '../../parts/first-call.tsx'
import { Money } from '../../ui/money.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { amountOf, changeOf, formatFigure, type Told } from './figures.ts'
import { filterOf, nameOf } from './names.ts'
import { groups, metrics, type Question } from './question.ts'

type Line = Told['series'][number]
type Row = Line & { readonly at: number }

type Props = {
  /** Undefined until the first answer. */
  readonly told: Told | undefined
  readonly question: Question
  /** The filters and the time of the page, for the way to the calls behind a row. */
  readonly filters: CallFilters & RangeSearch
  readonly clearFilters: (() => void) | undefined
}

/** The same numbers as the chart, summed over the time: a row for each line, and their sum. */
export function Breakdown(props: Props): ReactElement {
  const columns = columnsOf(props, usePreference('unit'))
  return (
    <Table<Row>
      caption="The same numbers, summed up"
      columns={columns.filter((column) => column !== false)}
      rows={props.told?.series.map((line, at) => ({ ...line, at }))}
      rowId={({ at }) => String(at)}
      empty={<NoCalls title="No calls in this time" />}
      clearFilters={props.clearFilters}
      expectedRows={6}
    />
  )
}

function columnsOf({ told, question, filters }: Props, moneyUnit: MoneyUnit): readonly (Column<Row> | false)[] {
  const show = (value: Line['total'] | undefined) => {
    if (told?.unit === 'credits' && typeof value === 'string') return <Money amount={value} />
    const amount = value === undefined ? undefined : amountOf(value)
    return amount === undefined || !told ? '-' : formatFigure(amount, told.unit, moneyUnit)
  }
  const [whole, before] = [told?.total.total, told?.before?.total]
  return [
    {
      id: 'name',
      head: question.group === undefined ? 'Calls' : groups[question.group],
      cell: (row) => <Name row={row} question={question} filters={filters} />,
      footer: 'All',
    },
    {
      id: 'value',
      head: metrics[question.metric].label,
      align: 'end',
      cell: ({ total }) => show(total),
      footer: show(whole),
    },
    question.adds && { id: 'share', head: 'Share', align: 'end', cell: ({ total }) => shareOf(total, whole) },
    question.compare && {
      id: 'before',
      head: 'The time before',
      align: 'end',
      cell: (row) => show(row.before_total),
      footer: show(before),
    },
    question.compare && {
      id: 'change',
      head: 'Change',
      align: 'end',
      cell: (row) => changeOf(row.total, row.before_total) ?? '-',
      footer: changeOf(whole, before) ?? '-',
    },
  ]
}

function shareOf(part: Line['total'], whole: Line['total'] | undefined): string {
  const [a, b] = [Number(part), Number(whole ?? 0)]
  return b === 0 ? '-' : formatShare(a / b)
}

/** What the row is about; a link to its calls where a filter tells them. */
function Name({ row, question, filters }: Pick<Props, 'question' | 'filters'> & { readonly row: Row }) {
  const { group, subgroup } = question
  const name = nameOf(row, group, subgroup)
  const filter = filterOf(row, group)
  if (filter === undefined) return name
  return (
    <Link to="/calls" search={{ ...filters, ...filter }}>
      {name}
    </Link>
  )
}
