import { useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { Badge } from '../../ui/badge.tsx'
import { ButtonFileLink } from '../../ui/button.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { monthName } from './month.ts'

const list = 'GET /api/v1/accounts/{id}/statements'
type Month = AnswerOf<typeof list>['data'][number]

/** A statement for each month: opening balance, what moved, closing balance. */
export function Statements(): ReactElement {
  const { account } = useSession()
  const navigate = useNavigate()
  const { data, error, refetch } = useApi(list, { path: { id: account.id } })
  return (
    <div className="credits-part">
      <p className="soft">
        Months are those of UTC. The statement of a month that is over never changes, since nothing that was posted
        does.
      </p>
      <Table
        caption="Statements"
        columns={columnsOf(account.id)}
        rows={data?.data}
        rowId={({ month }) => month}
        onOpen={({ month }) => void navigate({ to: '/credits/statements/$month', params: { month } })}
        openLabel={({ month }) => `Statement of ${monthName(month)}`}
        failure={failureOf(error)}
        retry={() => void refetch()}
        expectedRows={2}
        empty={<EmptyNote title="No month yet" />}
      />
    </div>
  )
}

const columnsOf = (id: string): readonly Column<Month>[] => [
  { id: 'month', head: 'Month', cell: ({ month }) => monthName(month) },
  {
    id: 'state',
    head: 'State',
    cell: ({ is_complete: isComplete }) => (isComplete ? <Badge tone="good">Final</Badge> : <Badge>Running</Badge>),
  },
  {
    id: 'csv',
    head: 'File',
    align: 'end',
    cell: ({ month }) => (
      <ButtonFileLink
        kind="quiet"
        size="small"
        icon="download"
        href={addressOf('GET /api/v1/accounts/{id}/statements/{month}.csv', { path: { id, month } })}
        download
      >
        CSV
      </ButtonFileLink>
    ),
  },
]
