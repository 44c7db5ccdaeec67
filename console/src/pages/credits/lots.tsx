import type { ReactElement } from 'react'
import type { Schemas } from '../../api/schema.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { credits, percentOf, sumCredits } from '../../lib/money.ts'
import { Badge, Meter } from '../../ui/badge.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, Time, useNow } from '../../ui/time.tsx'
import { lotWords } from './ledger-words.ts'

type Lot = Schemas['Lot']

/** The credits that came in and what is left of each, with expiry and whether they can be given back. */
export function Lots(): ReactElement {
  const { account } = useSession()
  const { data, error, refetch } = useApi('GET /api/v1/accounts/{id}/lots', { path: { id: account.id } })
  return (
    <div className="credits-part">
      <p className="soft">
        Credits that expire first are used first, then the oldest. What is left of all lots is what is available and on
        hold.
      </p>
      <Table
        caption="Lots"
        columns={columnsOf({
          now: useNow(),
          lots: data?.data ?? [],
          inHead: useMoneyHead('Came in'),
          leftHead: useMoneyHead('Left'),
        })}
        rows={data?.data.toReversed()}
        rowId={({ id }) => id}
        failure={failureOf(error)}
        retry={() => void refetch()}
        expectedRows={2}
        empty={
          <EmptyNote title="No credits came in yet">The first lot is made by the first credits that come in.</EmptyNote>
        }
      />
    </div>
  )
}

type Shown = {
  readonly now: Date
  readonly lots: readonly Lot[]
  readonly inHead: string
  readonly leftHead: string
}

const columnsOf = ({ now, lots, inHead, leftHead }: Shown): readonly Column<Lot>[] => [
  {
    id: 'kind',
    head: 'Lot',
    cell: ({ kind }) => lotWords[kind],
    footer: 'In all',
  },
  { id: 'created', head: 'Came in', priority: 2, cell: ({ created_at: at }) => <Time at={at} show="day" /> },
  {
    id: 'expires',
    head: 'Expires',
    cell: ({ expires_at: at }) => {
      if (at === null) return <span className="faint">never</span>
      return new Date(at) <= now ? <Badge>Expired</Badge> : <Ago at={at} />
    },
  },
  {
    id: 'refundable',
    head: 'Refundable',
    priority: 3,
    cell: (lot) => <Refundable lot={lot} />,
  },
  {
    id: 'in',
    head: inHead,
    align: 'end',
    cell: (lot) => <Money amount={lot.credits} bare />,
    footer: <Money amount={sumCredits(lots.map((lot) => credits(lot.credits)))} bare />,
  },
  {
    id: 'left',
    head: leftHead,
    align: 'end',
    cell: (lot) => (
      <span className="lot-left">
        <Money amount={lot.credits_left} bare />
        <Meter percent={percentOf(credits(lot.credits_left), credits(lot.credits))} label="What is left of it" />
      </span>
    ),
    footer: <Money amount={sumCredits(lots.map((lot) => credits(lot.credits_left)))} bare />,
  },
]

/** To where the money came from; until when it is neither paid out nor traded is another matter. */
const Refundable = ({ lot }: { readonly lot: Lot }) =>
  lot.refundable ? <>what is left</> : <span className="faint">no</span>
