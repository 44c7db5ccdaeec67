import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { failureOf, useApi } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { counted } from '../../lib/numbers.ts'
import { type PriceClass, readPerMillion } from '../../lib/price.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { FilterBar, FilterSelect, FilterText } from '../../ui/filter-bar.tsx'
import { useShortcut } from '../../ui/keyboard.ts'
import { PriceBoth } from '../../ui/price.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { AddModel } from './add-model.tsx'
import { AddOffer } from './add-offer.tsx'
import { ModelSheet } from './model-sheet.tsx'
import type { AdminModelsSearch } from './search.ts'
import { type CatalogEntry, findEntries, stateWords } from './states.ts'
import './admin-models.css'

const pageRows = 100

/** Every model, who serves it, what it costs, and what is missing. */
export function AdminModelsPage(): ReactElement {
  const search: AdminModelsSearch = useSearch({ from: '/framed/admin/models' })
  const navigate = useNavigate({ from: '/admin/models' })
  const change = (changed: AdminModelsSearch) => void navigate({ search: (before) => ({ ...before, ...changed }) })
  const { account } = useSession()
  const { reason } = useMay('operate')
  const { data, error, refetch } = useApi('GET /api/v1/catalog', {}, { enabled: account.kind === 'operator' })
  const [shown, setShown] = useState(pageRows)
  const found = data && findEntries(data.data, search)
  useShortcut('c', () => change({ add: 'model' }))
  const actions = (
    <>
      <Button icon="plus" reason={reason} onClick={() => change({ add: 'offer' })}>
        Add offer
      </Button>
      <Button kind="primary" icon="plus" reason={reason} onClick={() => change({ add: 'model' })}>
        Add model
      </Button>
    </>
  )
  return (
    <AdminPage
      title="Models and offers"
      intro={data ? introOf(data.data) : 'What can be called, and through whom.'}
      actions={actions}
    >
      <Filters search={search} change={change} />
      <Table
        caption="Models"
        columns={columns}
        rows={found?.slice(0, shown)}
        rowId={({ id }) => id}
        onOpen={({ id }) => change({ model: id })}
        openLabel={({ id }) => `Details of ${id}`}
        openId={search.model}
        failure={failureOf(error)}
        retry={() => void refetch()}
        clearFilters={hasFilters(search) ? () => change(noFilters) : undefined}
        empty={
          <EmptyNote title="There is no model yet" action={actions}>
            <p>A model can be called once it has an offer by a provider, and prices.</p>
          </EmptyNote>
        }
        hasMore={(found?.length ?? 0) > shown}
        loadMore={() => setShown(shown + pageRows)}
      />
      <SameByApi calls={[{ method: 'GET', address: '/api/v1/catalog' }]} />
      <Dialogs search={search} change={change} entries={data?.data} />
    </AdminPage>
  )
}

function Dialogs({
  search,
  change,
  entries,
}: {
  readonly search: AdminModelsSearch
  readonly change: (changed: AdminModelsSearch) => void
  readonly entries: readonly CatalogEntry[] | undefined
}) {
  return (
    <>
      <AddModel
        isOpen={search.add === 'model'}
        close={() => change({ add: undefined })}
        added={(id) => change({ add: undefined, model: id })}
      />
      <AddOffer
        isOpen={search.add === 'offer'}
        given={{ provider: search.provider, upstream: search.upstream, model: search.model }}
        close={() => change({ add: undefined, upstream: undefined })}
        added={(id) => change({ add: undefined, upstream: undefined, provider: undefined, model: id })}
      />
      <ModelSheet
        entry={search.add ? undefined : entries?.find(({ id }) => id === search.model)}
        close={() => change({ model: undefined })}
        addOffer={() => change({ add: 'offer' })}
      />
    </>
  )
}

const noFilters = { q: undefined, state: undefined, provider: undefined } as const
const hasFilters = ({ q, state, provider }: AdminModelsSearch) => (q ?? state ?? provider) !== undefined

function introOf(entries: readonly CatalogEntry[]): string {
  const callable = entries.filter(({ state }) => state === 'callable').length
  const unpriced = entries.filter(({ state }) => state === 'unpriced').length
  const rest = unpriced === 0 ? '' : ` ${counted(unpriced, 'has', 'have')} an offer but no price, so calls are refused.`
  return `${callable} of ${counted(entries.length, 'model')} can be called.${rest}`
}

function Filters({
  search,
  change,
}: {
  readonly search: AdminModelsSearch
  readonly change: (changed: AdminModelsSearch) => void
}) {
  const providers = useApi('GET /api/v1/providers', {})
  return (
    <FilterBar clear={hasFilters(search) ? () => change(noFilters) : undefined}>
      <FilterText label="Search models" value={search.q} onChange={(q) => change({ q })} />
      <FilterSelect
        label="State"
        any="Any state"
        value={search.state}
        onChange={(state) => change({ state })}
        options={(Object.keys(stateWords) as CatalogEntry['state'][]).map((value) => ({
          value,
          label: stateWords[value].label,
        }))}
      />
      <FilterSelect
        label="Provider"
        any="Any provider"
        value={search.provider}
        onChange={(provider) => change({ provider })}
        options={(providers.data?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
      />
    </FilterBar>
  )
}

const priceColumn = (name: PriceClass, head: string): Column<CatalogEntry> => ({
  id: name,
  head,
  align: 'end',
  cell: ({ prices }) => {
    const price = prices.find((each) => each.class === name)
    return <PriceBoth of={name} price={price && readPerMillion(price.usd_per_million)} />
  },
})

const columns: readonly Column<CatalogEntry>[] = [
  {
    id: 'id',
    head: 'Model',
    cell: ({ id, name }) => (
      <span className="two-lines">
        <span>{name}</span> {name !== id && <code className="soft">{id}</code>}
      </span>
    ),
  },
  {
    id: 'state',
    head: 'State',
    cell: ({ state }) => (
      <Badge tone={stateWords[state].tone} why={stateWords[state].why}>
        {stateWords[state].label}
      </Badge>
    ),
  },
  {
    id: 'offers',
    head: 'Offers',
    priority: 2,
    cell: ({ offers }) => <span className="soft">{offers.map((offer) => offer.provider_name).join(', ') || '-'}</span>,
  },
  priceColumn('input', 'Input'),
  priceColumn('output', 'Output'),
  {
    id: 'next',
    head: 'Next price',
    align: 'end',
    priority: 3,
    cell: ({ next_price_at: at }) => (at === null ? <span className="faint">-</span> : <Ago at={at} />),
  },
  {
    id: 'do',
    head: 'Prices',
    align: 'end',
    cell: ({ id, state }) => (
      <ButtonLink
        kind={state === 'unpriced' ? 'primary' : 'quiet'}
        size="small"
        to="/admin/prices"
        search={{ model: id }}
        aria-label={`Prices of ${id}`}
      >
        {state === 'unpriced' ? 'Set prices' : 'Prices'}
      </ButtonLink>
    ),
  },
]
