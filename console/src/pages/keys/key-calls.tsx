import { Link, useNavigate } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useApi } from '../../api/query.ts'
import { type AnswerOf } from '../../api/client.ts'
import { failureOf } from '../../api/query.ts'
import { formatCount, formatDuration } from '../../lib/numbers.ts'
import { CallStatus, ModelPath, ProviderPath } from '../../parts/call-cells.tsx'
import { Money } from '../../ui/money.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import type { Key } from './key-status.ts'

type Call = AnswerOf<'GET /api/v1/generations'>['data'][number]

const shown = 10

/** The newest calls of a key, those that failed with the reason that the caller was given. */
export function KeyCalls({ of: key }: { readonly of: Key }): ReactElement {
  const navigate = useNavigate()
  const { data, error, refetch } = useApi('GET /api/v1/generations', {
    query: { key_id: key.id, account_id: key.account_id, limit: shown },
  })
  return (
    <Section
      title="Last calls"
      intro="Calls that a limit refused before they began cost nothing and have no receipt: the caller was told why with the 402."
      actions={
        <Link className="button" data-size="small" to="/calls" search={{ key_id: key.id, range: '30d' }}>
          All calls of this key
        </Link>
      }
    >
      <Table
        caption="Last calls"
        columns={columns(useZoneName())}
        rows={data?.data}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '.', search: (before) => ({ ...before, call: id }) })}
        openLabel={({ id }) => `Receipt of ${id}`}
        failure={failureOf(error)}
        retry={() => void refetch()}
        expectedRows={3}
        empty={<EmptyNote title="No call yet">The first call with this key shows up here as it ends.</EmptyNote>}
      />
    </Section>
  )
}

const columns = (zone: string): readonly Column<Call>[] => [
  { id: 'time', head: `Time, ${zone}`, cell: ({ created_at: at }) => <Time at={at} /> },
  { id: 'model', head: 'Model', cell: (call) => <ModelPath call={call} /> },
  { id: 'provider', head: 'Provider', priority: 3, cell: (call) => <ProviderPath call={call} /> },
  {
    id: 'status',
    head: 'Status',
    cell: (call) => (
      <span className="call-end">
        <CallStatus call={call} />
        {call.error && <span className="soft">{call.error.message}</span>}
      </span>
    ),
  },
  {
    id: 'tokens',
    head: 'Tokens in → out',
    align: 'end',
    priority: 2,
    cell: (call) => `${formatCount(call.tokens_prompt)} → ${formatCount(call.tokens_completion)}`,
  },
  {
    id: 'ms',
    head: 'Took',
    align: 'end',
    priority: 3,
    cell: ({ generation_time: ms }) => (ms === null ? '-' : formatDuration(ms)),
  },
  { id: 'cost', head: 'Cost', align: 'end', cell: ({ credits }) => <Money amount={credits} /> },
]
