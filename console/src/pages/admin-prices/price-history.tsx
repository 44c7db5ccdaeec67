import type { ReactElement } from 'react'
import type { Pages } from '../../api/query.ts'
import { priceClasses, readPerMillion } from '../../lib/price.ts'
import { PriceBoth } from '../../ui/price.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import type { PriceRow } from './timeline.ts'

/** Every price that was ever set, newest first. None of them can be changed or taken away. */
export function PriceHistory({
  pages,
  nameOf,
}: {
  readonly pages: Pages<PriceRow>
  readonly nameOf: (offerId: string) => string
}): ReactElement {
  const zone = useZoneName()
  return (
    <Table
      caption="All prices"
      columns={columnsOf(zone, nameOf)}
      rows={pages.entries}
      rowId={({ id }) => id}
      failure={pages.failure}
      retry={pages.retry}
      empty={<EmptyNote title="No price was ever set" />}
      hasMore={pages.hasMore}
      loadMore={pages.loadMore}
      isLoadingMore={pages.isLoadingMore}
    />
  )
}

const columnsOf = (zone: string, offerName: (id: string) => string): readonly Column<PriceRow>[] => [
  { id: 'from', head: `From (${zone})`, cell: ({ valid_from: from }) => <Time at={from} show="day-and-time" /> },
  { id: 'class', head: 'Class', cell: ({ class: name }) => priceClasses[name].label },
  {
    id: 'price',
    head: 'Price',
    align: 'end',
    cell: ({ class: name, usd_per_million: usd }) => <PriceBoth of={name} price={readPerMillion(usd)} />,
  },
  {
    id: 'of',
    head: 'Of',
    cell: ({ offer_id: offer }) => (offer === null ? 'the model' : `only ${offerName(offer)}`),
  },
  { id: 'source', head: 'Set by', priority: 2, cell: ({ source }) => <span className="soft">{source}</span> },
]
