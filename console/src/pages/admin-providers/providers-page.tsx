import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { failureOf, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay, useSession } from '../../api/session.ts'
import { credits } from '../../lib/money.ts'
import { counted, formatCount, formatDuration, formatShare } from '../../lib/numbers.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { useShortcut } from '../../ui/keyboard.ts'
import { Money } from '../../ui/money.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'
import { AddProvider } from './add-provider.tsx'
import { ProviderSheet } from './provider-sheet.tsx'
import './admin-providers.css'

type Row = { readonly provider: Schemas['Provider']; readonly figures: Schemas['ProviderFigures'] | undefined }

/** Whoever answers calls: how each does, and what is left of what callers paid. */
export function AdminProvidersPage(): ReactElement {
  const search = useSearch({ from: '/framed/admin/providers' })
  const navigate = useNavigate({ from: '/admin/providers' })
  const { reason } = useMay('operate')
  const change = (changed: typeof search) => void navigate({ search: (before) => ({ ...before, ...changed }) })
  const add = () => change({ add: true })
  useShortcut('c', add)
  const enabled = useSession().account.kind === 'operator'
  const providers = useApi('GET /api/v1/providers', {}, { enabled })
  const figures = useApi('GET /api/v1/providers/figures', {}, { enabled, refetchMs: 15_000 })
  const rows = providers.data?.data.map((provider) => ({
    provider,
    figures: figures.data?.data.find((each) => each.provider_id === provider.id),
  }))
  const addButton = (
    <Button kind="primary" icon="plus" reason={reason} onClick={add}>
      Add provider
    </Button>
  )
  return (
    <AdminPage title="Providers" intro={<Intro since={figures.data?.counted_from} />} actions={addButton}>
      <Table
        caption="Providers"
        columns={columns}
        rows={rows}
        rowId={({ provider }) => provider.id}
        onOpen={({ provider }) => change({ provider: provider.id })}
        openLabel={({ provider }) => `Details of ${provider.name}`}
        openId={search.provider}
        failure={failureOf(providers.error)}
        retry={() => void providers.refetch()}
        empty={<NoProviders action={addButton} />}
      />
      <SameByApi
        calls={[
          { method: 'GET', address: '/api/v1/providers', does: 'All providers' },
          { method: 'GET', address: '/api/v1/providers/figures', does: 'How each does' },
        ]}
      />
      <AddProvider
        isOpen={search.add === true}
        close={() => change({ add: undefined })}
        added={(id) => change({ add: undefined, provider: id })}
      />
      <ProviderSheet
        provider={rows?.find(({ provider }) => provider.id === search.provider)?.provider}
        close={() => change({ provider: undefined })}
      />
    </AdminPage>
  )
}

function Intro({ since }: { readonly since: string | undefined }) {
  if (since === undefined) return 'Whoever answers calls, and how each does.'
  return (
    <>
      Health is as this process sees it now. Calls and money since <Time at={since} show="day" />.
    </>
  )
}

const NoProviders = ({ action }: { readonly action: ReactElement }) => (
  <EmptyNote title="Nobody answers calls yet" action={action}>
    <p>Add a provider that you have an account or a server for.</p>
  </EmptyNote>
)

const columns: readonly Column<Row>[] = [
  {
    id: 'name',
    head: 'Provider',
    cell: ({ provider: { name, dialect } }) => (
      <span className="two-lines">
        <span>{name}</span> {dialect !== name && <span className="soft">{dialect}</span>}
      </span>
    ),
  },
  { id: 'state', head: 'State', cell: (row) => <ProviderState {...row} /> },
  { id: 'offers', head: 'Offers', align: 'end', priority: 3, cell: ({ figures }) => figures?.offers ?? '' },
  {
    id: 'calls',
    head: 'Calls',
    align: 'end',
    cell: ({ figures }) => (figures ? formatCount(figures.calls) : ''),
  },
  {
    id: 'errors',
    head: 'Errors',
    align: 'end',
    priority: 2,
    cell: ({ figures }) => (figures && figures.calls > 0 ? formatShare(figures.errors / figures.calls) : '-'),
  },
  {
    id: 'first',
    head: 'First token p50',
    align: 'end',
    priority: 3,
    cell: ({ figures }) =>
      figures?.first_byte_ms_p50 === undefined || figures.first_byte_ms_p50 === null
        ? '-'
        : formatDuration(figures.first_byte_ms_p50),
  },
  {
    id: 'charged',
    head: 'Callers paid',
    align: 'end',
    cell: ({ figures }) => (figures ? <Money amount={figures.charged} /> : ''),
  },
  {
    id: 'margin',
    head: 'Margin',
    align: 'end',
    cell: ({ figures }) => figures && <Margin {...figures} />,
  },
]

function Margin({ charged, margin }: Pick<Schemas['ProviderFigures'], 'charged' | 'margin'>) {
  const [paid, left] = [credits(charged), credits(margin)]
  return (
    <span className="two-lines">
      <Money amount={left} />
      {paid > 0n && <span className="soft">{formatShare(Number((left * 1_000n) / paid) / 1_000)}</span>}
    </span>
  )
}

function ProviderState({ provider, figures }: Row) {
  if (provider.disabled) return <Badge why="Switched off here: no call goes there.">off</Badge>
  if (!provider.available)
    return (
      <Badge tone="warn" why="It came from the environment, and the last start did not find it there any more.">
        not found
      </Badge>
    )
  if (!figures) return null
  const { ejected, silent, limited } = figures.standing
  const failing = (ejected ?? 0) + (silent ?? 0)
  if (failing > 0)
    return (
      <Badge tone="bad" why="Calls there failed or got no answer lately; others are asked first until it is back.">
        {counted(failing, 'offer')} failing
      </Badge>
    )
  if ((limited ?? 0) > 0)
    return (
      <Badge tone="warn" why="It answered 429 lately, so others are asked first.">
        at its rate limit
      </Badge>
    )
  return figures.offers === 0 ? (
    <Badge why="No model is offered through it yet: open it, test it, and offer one.">no offers</Badge>
  ) : (
    <Badge tone="good">well</Badge>
  )
}
