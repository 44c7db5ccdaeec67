import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { Schemas } from '../../api/schema.ts'
import { useApiPages } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { credits } from '../../lib/money.ts'
import { Badge } from '../../ui/badge.tsx'
import { CopyText } from '../../ui/code.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, Time, useZoneName } from '../../ui/time.tsx'
import { kindOf, topUpWords } from './ledger-words.ts'

type TopUp = Schemas['TopUp']

/** What came in, and what became of it. */
export function CameIn(): ReactElement {
  const { account } = useSession()
  const topUps = useApiPages('GET /api/v1/accounts/{id}/top-ups', { path: { id: account.id } })
  return (
    <div className="credits-part">
      <HowToAdd />
      <Table
        caption="What came in"
        columns={columnsOf(useZoneName(), useMoneyHead('Amount'))}
        rows={topUps.entries}
        rowId={({ id }) => id}
        failure={topUps.failure}
        retry={topUps.retry}
        hasMore={topUps.hasMore}
        loadMore={topUps.loadMore}
        isLoadingMore={topUps.isLoadingMore}
        expectedRows={2}
        empty={
          <EmptyNote title="Nothing came in yet">Credits show up here as they come in, each with its state.</EmptyNote>
        }
      />
    </div>
  )
}

/** What can be done today to have more. */
function HowToAdd() {
  const { account } = useSession()
  const { may } = useMay('operate')
  return (
    <p className="soft">
      Credits are <Link to="/credits/add">bought</Link>, redeemed with a code, or granted by the operator of this server
      {may ? (
        <>
          , which is you:{' '}
          <Link to="/admin/accounts/$id" params={{ id: account.id }}>
            grant credits to this account
          </Link>
          .
        </>
      ) : (
        <>
          , who needs the id of this account: <CopyText text={account.id} what="account id" />
        </>
      )}
    </p>
  )
}

const columnsOf = (zone: string, amountHead: string): readonly Column<TopUp>[] => [
  { id: 'at', head: `Time, ${zone}`, cell: ({ at }) => <Time at={at} /> },
  { id: 'kind', head: 'What', cell: ({ kind }) => kindOf(kind) },
  {
    id: 'state',
    head: 'State',
    cell: (topUp) => {
      const { words, tone, why } = topUpWords[topUp.state]
      return (
        <Badge tone={tone} why={why}>
          {words}
        </Badge>
      )
    },
  },
  {
    id: 'note',
    head: 'Reason',
    priority: 2,
    cell: ({ note, reference }) => (
      <span className="ledger-reference">
        {note !== null && <span>{note}</span>}
        <code className="faint" title={reference}>
          {reference}
        </code>
      </span>
    ),
  },
  {
    id: 'expires',
    head: 'Expires',
    priority: 3,
    cell: ({ expires_at: at }) => (at === null ? <span className="faint">never</span> : <Ago at={at} />),
  },
  {
    id: 'amount',
    head: amountHead,
    align: 'end',
    cell: (topUp) => <Amount of={topUp} />,
  },
]

/** What came in, and under it what is no longer there for another reason than being spent. */
function Amount({ of: topUp }: { readonly of: TopUp }) {
  return (
    <span className="came-in-amount">
      <Money amount={topUp.credits} sign bare />
      {credits(topUp.taken_back_credits) > 0n && (
        <span className="soft">
          <Money amount={topUp.taken_back_credits} bare /> taken back
        </span>
      )}
      {credits(topUp.expired_credits) > 0n && (
        <span className="soft">
          <Money amount={topUp.expired_credits} bare /> expired
        </span>
      )}
    </span>
  )
}
