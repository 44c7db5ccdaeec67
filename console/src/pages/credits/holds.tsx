import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { counted, formatDuration } from '../../lib/numbers.ts'
import { zonedClock } from '../../lib/time.ts'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { useZone } from '../../ui/preferences.ts'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'

const get = 'GET /api/v1/accounts/{id}/holds'
type Answer = AnswerOf<typeof get>
type Hold = Answer['data'][number]

/** Calls come and go within seconds: what events do not tell is read this often while the list is seen. */
const refetchMs = 2_000

/** What is reserved for calls under way: the most that each may cost. */
export function Holds(): ReactElement {
  const { account } = useSession()
  const { data, error, refetch } = useApi(get, { path: { id: account.id } }, { refetchMs })
  const amountHead = useMoneyHead('On hold')
  return (
    <div className="credits-part">
      <p className="soft">
        The most that each call under way may cost is held before it is sent. When it ends, what it did cost is charged
        and the rest is free again; a hold that nothing settles is settled by itself.
      </p>
      <Table
        caption="Holds"
        columns={columnsOf(data, amountHead)}
        rows={data?.data}
        rowId={({ id }) => id}
        failure={failureOf(error)}
        retry={() => void refetch()}
        expectedRows={2}
        empty={
          <EmptyNote title="Nothing is on hold">
            No call is under way. <AsOf at={data?.as_of} />
          </EmptyNote>
        }
      />
    </div>
  )
}

function AsOf({ at }: { readonly at: string | undefined }) {
  const zone = useZone()
  return at === undefined ? null : <>As of {zonedClock(new Date(at), zone)}.</>
}

const columnsOf = (data: Answer | undefined, amountHead: string): readonly Column<Hold>[] => [
  {
    id: 'model',
    head: 'Model',
    cell: ({ model }) => model ?? '-',
    footer: data && counted(data.total.holds, 'call under way', 'calls under way'),
  },
  {
    id: 'key',
    head: 'Key',
    cell: ({ key_id: id, key_name: name }) => (
      <Link to="/keys/$id" params={{ id }}>
        {name ?? 'deleted key'}
      </Link>
    ),
  },
  { id: 'provider', head: 'Provider', priority: 2, cell: ({ provider }) => provider ?? '-' },
  { id: 'stream', head: 'Form', priority: 3, cell: ({ streamed }) => (streamed ? 'stream' : 'whole answer') },
  { id: 'age', head: 'Age', align: 'end', cell: ({ age_ms: age }) => formatDuration(age) },
  {
    id: 'amount',
    head: amountHead,
    align: 'end',
    cell: ({ credits }) => <Money amount={credits} bare />,
    footer: data && <Money amount={data.total.credits} bare />,
  },
]
