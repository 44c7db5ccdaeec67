import type { ReactElement } from 'react'
import { failureOf } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { changePercent, priceClasses, readPerMillion } from '../../lib/price.ts'
import { Badge } from '../../ui/badge.tsx'
import { PriceBoth } from '../../ui/price.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useNow, useZoneName } from '../../ui/time.tsx'
import { usePriceHistory } from '../../parts/model-queries.ts'

type Step = Schemas['PriceStep']
type Row = Step & { readonly before: string | null | undefined }

/** Every change of a price, those to come first. */
export function ModelHistory({ id }: { readonly id: string }): ReactElement {
  const { data, error, refetch } = usePriceHistory(id)
  const zone = useZoneName()
  const now = useNow()
  const rows = data && withBefore(data.data.prices)
  return (
    <Table
      caption="Price history"
      columns={columnsOf(zone, now)}
      rows={rows}
      rowId={(row) => `${row.class} ${row.valid_from}`}
      failure={failureOf(error)}
      retry={() => void refetch()}
      empty={<EmptyNote title="It never had a price" />}
      expectedRows={2}
    />
  )
}

/** Newest first, each with the price that it replaced. */
function withBefore(steps: readonly Step[]): readonly Row[] {
  const last = new Map<string, string | null>()
  const rows = steps.map((step) => {
    const row = { ...step, before: last.get(step.class) }
    last.set(step.class, step.usd_per_million)
    return row
  })
  return rows.toReversed()
}

const columnsOf = (zone: string, now: Date): readonly Column<Row>[] => [
  {
    id: 'from',
    head: `From (${zone})`,
    cell: ({ valid_from: from }) => (
      <span className="history-from">
        <Time at={from} show="day-and-time" />
        {new Date(from) > now && <Badge tone="warn">to come</Badge>}
      </span>
    ),
  },
  { id: 'class', head: 'Of', cell: ({ class: name }) => priceClasses[name].label },
  {
    id: 'price',
    head: 'Price',
    align: 'end',
    cell: ({ class: name, usd_per_million: usd }) => (
      <PriceBoth of={name} price={usd === null ? undefined : readPerMillion(usd)} />
    ),
  },
  {
    id: 'change',
    head: 'Change',
    align: 'end',
    cell: ({ before, usd_per_million: usd }) => {
      const [old, next] = [before, usd].map((text) => (typeof text === 'string' ? readPerMillion(text) : undefined))
      return changePercent(old, next) ?? <span className="faint">{before === undefined ? 'first' : '-'}</span>
    },
  },
]
