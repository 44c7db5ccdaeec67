import type { ReactElement } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { AsOf } from '../../parts/as-of.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote, FailureNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'

const get = 'GET /api/v1/payments/reconciliation'
type Part = AnswerOf<typeof get>['data']['parts'][number]
type Check = Part['checks'][number]

const columns: readonly Column<Check>[] = [
  { id: 'name', head: 'What is compared', cell: ({ name }) => name },
  {
    id: 'ok',
    head: 'Result',
    cell: ({ ok }) => <Badge tone={ok ? 'good' : 'bad'}>{ok ? 'Agrees' : 'Differs'}</Badge>,
  },
  { id: 'detail', head: 'Figures', cell: ({ detail }) => detail },
]

const partWords: Readonly<Record<string, string>> = {
  orders: 'Payments and the ledger',
  card: 'The ledger and Stripe',
  crypto: 'The ledger and the chains',
  x402: 'The ledger and x402',
}

/** The ledger against what the rails themselves say: Stripe's balance transactions, the treasuries on their chains. */
export function Reconciliation(): ReactElement {
  const { data, error, refetch, isFetching, dataUpdatedAt } = useApi(get, {})
  const failure = failureOf(error)
  return (
    <div className="admin-part">
      <div className="admin-line">
        <p className="soft">
          What the ledger says came in by a rail, against what the rail says: Stripe by its balance transactions, chains
          by what their treasuries received.
        </p>
        <Button icon="refresh" isBusy={isFetching} onClick={() => void refetch()}>
          Compare again
        </Button>
      </div>
      <div role="status">
        {data && (
          <Badge tone={data.data.ok ? 'good' : 'bad'}>
            {data.data.ok ? 'Everything agrees' : 'Something does not agree'}
          </Badge>
        )}
        <AsOf readAtMs={dataUpdatedAt} />
      </div>
      {failure && !data && (
        <FailureNote what="The payments could not be compared." failure={failure} retry={() => void refetch()} />
      )}
      {data?.data.parts.map((part) => (
        <Section key={part.name} title={partWords[part.name] ?? part.name}>
          {part.problem !== null && <p className="order-problem">{part.problem}</p>}
          <Table
            caption={partWords[part.name] ?? part.name}
            columns={columns}
            rows={part.checks}
            rowId={({ name }) => name}
            empty={<EmptyNote title="Nothing to compare">No money came in this way yet.</EmptyNote>}
          />
        </Section>
      ))}
      <SameByApi calls={[{ method: 'GET', address: addressOf(get, {}) }]} />
    </div>
  )
}
