import type { ReactElement } from 'react'
import { changePercent, priceClasses, readPerMillion } from '../../lib/price.ts'
import { Badge } from '../../ui/badge.tsx'
import { PriceBoth } from '../../ui/price.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import type { ClassPrices, PlacePrices, PriceRow } from './timeline.ts'

/** What counts now in each class, since when, and what comes after it. */
export function CurrentPrices({
  prices,
  isOfOffer,
  nameOf,
}: {
  readonly prices: readonly PlacePrices[]
  readonly isOfOffer: boolean
  readonly nameOf: (offerId: string) => string
}): ReactElement {
  const zone = useZoneName()
  return (
    <Table
      caption="Prices now and to come"
      columns={columnsOf(zone, nameOf)}
      rows={prices}
      rowId={({ class: name, offerId }) => `${name} ${offerId}`}
      empty={
        <EmptyNote title={isOfOffer ? 'This offer has no price of its own' : 'No price yet'}>
          <p>
            {isOfOffer
              ? 'Calls through it cost what the model costs.'
              : 'Calls are refused until there is one: never free by accident.'}
          </p>
        </EmptyNote>
      }
    />
  )
}

const columnsOf = (zone: string, nameOf: (offerId: string) => string): readonly Column<PlacePrices>[] => [
  { id: 'class', head: 'Class', cell: ({ class: name }) => priceClasses[name].label },
  { id: 'of', head: 'Of', cell: ({ offerId }) => (offerId === undefined ? 'the model' : `only ${nameOf(offerId)}`) },
  {
    id: 'now',
    head: 'Now',
    align: 'end',
    cell: ({ class: name, now }) => <PriceBoth of={name} price={now && readPerMillion(now.usd_per_million)} />,
  },
  {
    id: 'since',
    head: `Since (${zone})`,
    cell: ({ now }) => now && <Time at={now.valid_from} show="day-and-time" />,
  },
  { id: 'source', head: 'Set by', priority: 2, cell: ({ now }) => now && <span className="soft">{now.source}</span> },
  {
    id: 'coming',
    head: 'To come',
    cell: ({ class: name, now, coming }) => (
      <div className="coming">
        {coming.length === 0 && <span className="faint">-</span>}
        {coming.map((price, at) => (
          <Coming key={price.id} of={name} price={price} before={coming[at - 1] ?? now} />
        ))}
      </div>
    ),
  },
]

function Coming({
  of,
  price,
  before,
}: {
  readonly of: ClassPrices['class']
  readonly price: PriceRow
  readonly before: PriceRow | undefined
}) {
  const [old, next] = [before && readPerMillion(before.usd_per_million), readPerMillion(price.usd_per_million)]
  return (
    <div className="coming-line">
      <PriceBoth of={of} price={next} />
      <span className="two-lines">
        <Badge tone="warn">
          from <Time at={price.valid_from} show="day-and-time" />
        </Badge>
        <span className="soft">{changePercent(old, next)}</span>
      </span>
    </div>
  )
}
