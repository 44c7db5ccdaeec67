import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Schemas } from '../../api/schema.ts'
import { credits, type MilliCredits } from '../../lib/money.ts'
import { counted, formatCount, formatShare } from '../../lib/numbers.ts'
import { formatDay, type Zone } from '../../lib/time.ts'
import { Money } from '../../ui/money.tsx'
import { useZone } from '../../ui/preferences.ts'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'

type Series = Schemas['UsageSeries']
export type Group = 'model' | 'provider' | 'day'
type Line = { readonly id: string; readonly name: string; readonly spent: MilliCredits; readonly calls: number }

/** The sums of a chart as lines with their total; each leads to its calls. */
export function Breakdown({
  keyId,
  days,
  group,
  spend,
  calls,
}: {
  readonly keyId: string
  readonly days: '7' | '30' | '90'
  readonly group: Group
  readonly spend: Series | undefined
  readonly calls: Series | undefined
}): ReactElement {
  const zone = useZone()
  const total = spend ? credits(String(spend.total.total ?? 0)) : 0n
  return (
    <Table
      caption={`Spend by ${group}`}
      columns={columnsOf({ keyId, days, group, total, calls: Number(calls?.total.total ?? 0) })}
      rows={spend && (group === 'day' ? dayLines(spend, calls, zone) : groupLines(spend, calls))}
      rowId={({ id }) => id}
      expectedRows={3}
      empty={<EmptyNote title={`Nothing spent in the last ${counted(Number(days), 'day')}`} />}
    />
  )
}

const heads = { model: 'Model', provider: 'Provider', day: 'Day' } as const

type Shown = {
  readonly keyId: string
  readonly days: '7' | '30' | '90'
  readonly group: Group
  readonly total: MilliCredits
  readonly calls: number
}

const columnsOf = ({ keyId, days, group, total, calls }: Shown): readonly Column<Line>[] => [
  {
    id: 'name',
    head: heads[group],
    cell: ({ name }) =>
      group === 'day' ? (
        name
      ) : (
        <Link to="/calls" search={{ key_id: keyId, [group]: name, range: `${days}d` as const }}>
          {name}
        </Link>
      ),
    footer: 'In all',
  },
  {
    id: 'calls',
    head: 'Calls',
    align: 'end',
    cell: (line) => formatCount(line.calls),
    footer: formatCount(calls),
  },
  {
    id: 'share',
    head: 'Share',
    align: 'end',
    priority: 2,
    cell: ({ spent }) => (total === 0n ? '-' : formatShare(Number((spent * 10_000n) / total) / 10_000)),
  },
  {
    id: 'spent',
    head: 'Spent',
    align: 'end',
    cell: ({ spent }) => <Money amount={spent} />,
    footer: <Money amount={total} />,
  },
]

const groupLines = (spend: Series, calls: Series | undefined): readonly Line[] =>
  spend.series.map(({ group, total }) => ({
    id: group ?? '',
    name: group ?? 'Other',
    spent: credits(String(total ?? 0)),
    calls: Number(calls?.series.find((each) => each.group === group)?.total ?? 0),
  }))

/** Newest first; days on which nothing happened are left out. */
const dayLines = (spend: Series, calls: Series | undefined, zone: Zone): readonly Line[] =>
  spend.buckets
    .map(({ start }, at) => ({
      id: start,
      name: formatDay(new Date(start), zone),
      spent: credits(String(spend.total.values[at] ?? 0)),
      calls: Number(calls?.total.values[at] ?? 0),
    }))
    .filter((line) => line.calls > 0 || line.spent > 0n)
    .toReversed()
