import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useEffect, useRef, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { statusOf } from '../../lib/call-words.ts'
import { credits, formatMoney } from '../../lib/money.ts'
import { formatCount, formatDuration } from '../../lib/numbers.ts'
import { AsOf } from '../../parts/as-of.tsx'
import { CallStatus, ModelPath, ProviderPath } from '../../parts/call-cells.tsx'
import type { Call } from '../../parts/call-type.ts'
import { NoCalls } from '../../parts/first-call.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { Section } from '../../ui/page.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'

type Listed = Call & { readonly key_name: string | null }

const shown = 10

/** How the last calls are asked for. */
const lastCallsQuery = (accountId: string) => ({ account_id: accountId, limit: shown })

export const lastCallsAddress = (accountId: string): string =>
  addressOf('GET /api/v1/generations', { query: lastCallsQuery(accountId) })

/** The last ten calls; one that ends now appears by itself. */
export function LastCalls(): ReactElement {
  const { account } = useSession()
  const navigate = useNavigate()
  const { call: openId } = useSearch({ strict: false })
  const { data, error, dataUpdatedAt, refetch } = useApi('GET /api/v1/generations', {
    query: lastCallsQuery(account.id),
  })
  const zoneName = useZoneName()
  const rows = data?.data
  return (
    <Section
      title="Last calls"
      actions={
        <>
          <AsOf readAtMs={dataUpdatedAt} />
          <ButtonLink to="/calls" size="small" icon="calls">
            All calls
          </ButtonLink>
        </>
      }
    >
      <Table<Listed>
        caption="Last calls"
        columns={columnsOf(zoneName, useMoneyHead('Cost'))}
        rows={rows}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '.', search: (before) => ({ ...before, call: id }) })}
        openLabel={({ model }) => `receipt of the call of ${model}`}
        openId={openId}
        failure={error?.failure}
        retry={() => void refetch()}
        empty={<NoCalls title="No calls yet" />}
        expectedRows={shown}
      />
      <Announcer newest={rows?.[0]} />
    </Section>
  )
}

const columnsOf = (zoneName: string, costHead: string): readonly Column<Listed>[] => [
  { id: 'time', head: `Time, ${zoneName}`, cell: ({ created_at }) => <Time at={created_at} /> },
  { id: 'model', head: 'Model', cell: (call) => <ModelPath call={call} /> },
  { id: 'provider', head: 'Provider', priority: 2, cell: (call) => <ProviderPath call={call} /> },
  { id: 'key', head: 'Key', priority: 2, cell: ({ key_name }) => key_name ?? '-' },
  { id: 'status', head: 'Status', cell: (call) => <CallStatus call={call} /> },
  {
    id: 'tokens',
    head: 'Tokens in → out',
    align: 'end',
    priority: 3,
    cell: (call) => `${formatCount(call.tokens_prompt)} → ${formatCount(call.tokens_completion)}`,
  },
  { id: 'cost', head: costHead, align: 'end', cell: (call) => <Money amount={call.credits} bare /> },
  {
    id: 'total',
    head: 'In all',
    align: 'end',
    cell: ({ generation_time: ms }) => (ms === null ? '-' : formatDuration(ms)),
  },
]

const quietMs = 3_000

/** Tells those who do not see the table of a new call, at most once in some seconds. */
function Announcer({ newest }: { readonly newest: Listed | undefined }) {
  const unit = usePreference('unit')
  const [words, setWords] = useState('')
  const known = useRef<{ readonly id: string | undefined; readonly atMs: number }>(undefined)
  useEffect(() => {
    if (newest === undefined) return
    const nowMs = performance.now()
    const isFirst = known.current === undefined
    const isTold = known.current?.id === newest.id || (known.current && nowMs - known.current.atMs < quietMs)
    if (isTold) return
    known.current = { id: newest.id, atMs: isFirst ? -quietMs : nowMs }
    if (!isFirst)
      setWords(`New call: ${newest.model}, ${statusOf(newest).words}, ${formatMoney(credits(newest.credits), unit)}.`)
  }, [newest, unit])
  return (
    <p className="hidden-text" role="status">
      {words}
    </p>
  )
}
