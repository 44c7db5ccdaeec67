import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { addressOf, type QueryOf } from '../../api/client.ts'
import { type Pages, useApiPages } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { KeyNotices } from '../../parts/key-notices.tsx'
import { Button } from '../../ui/button.tsx'
import { CodeBlock, SameByApi } from '../../ui/code.tsx'
import { FilterBar, FilterSelect, FilterText } from '../../ui/filter-bar.tsx'
import { useShortcut } from '../../ui/keyboard.ts'
import { Page, Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { Table } from '../../ui/table.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { CreateKey } from './create-key.tsx'
import { useKeyActions } from './key-actions.tsx'
import { keyColumns, managementColumns } from './key-columns.tsx'
import { useKeyMakers } from './key-makers.ts'
import { useKeySpends } from './key-spark.tsx'
import type { Key } from './key-status.ts'
import './keys.css'

const route = getRouteApi('/framed/keys')
const list = 'GET /api/v1/keys'

/** My API: every key of the account, what it spent and what it may. */
export function KeysPage(): ReactElement {
  const { account } = useSession()
  const { search, state, create } = route.useSearch()
  const navigate = route.useNavigate()
  const { reason } = useMay('keys')
  const query = { account_id: account.id, search, state }
  const keys = useApiPages(list, { query: { ...query, kind: 'inference' } }, { keepPrevious: true })
  const openCreate = () => void navigate({ search: (before) => ({ ...before, create: true as const }) })
  const clear = () => void navigate({ search: ({ search: _search, state: _state, ...rest }) => rest })
  const isFiltered = search !== undefined || state !== undefined
  useShortcut('c', () => reason === undefined && openCreate())
  return (
    <Page
      title="Keys"
      intro={`Each key spends the credits of ${account.name}, up to a limit of its own.`}
      actions={
        <Button kind="primary" icon="plus" reason={reason} onClick={openCreate}>
          Create key
        </Button>
      }
    >
      <KeyNotices />
      <FilterBar clear={isFiltered ? clear : undefined}>
        <FilterText
          label="Name or secret"
          value={search}
          onChange={(text) => void navigate({ search: (before) => ({ ...before, search: text }), replace: true })}
        />
        <FilterSelect
          label="State"
          any="Any state"
          value={state}
          onChange={(next) => void navigate({ search: (before) => ({ ...before, state: next }) })}
          options={[
            { value: 'active', label: 'Works' },
            { value: 'frozen', label: 'Frozen' },
            { value: 'expired', label: 'Expired' },
          ]}
        />
      </FilterBar>
      <CallKeys keys={keys} clear={isFiltered ? clear : undefined} create={openCreate} />
      <ManagementKeys filters={{ search, state }} clear={isFiltered ? clear : undefined} />
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(list, { query: { ...query, kind: 'inference' } }) },
          {
            method: 'GET',
            address: addressOf('GET /api/v1/key-notices', { query: { account_id: account.id } }),
            does: 'What keys did that they never did before',
          },
        ]}
      />
      <CreateKey
        isOpen={create === true}
        onClose={() => void navigate({ search: ({ create: _create, ...rest }) => rest })}
      />
    </Page>
  )
}

type Filters = Pick<NonNullable<QueryOf<typeof list>>, 'search' | 'state'>

type ListProps = {
  readonly keys: Pages<Key>
  readonly clear: (() => void) | undefined
  readonly create: () => void
}

function CallKeys({ keys, clear, create }: ListProps) {
  const actions = useKeyActions()
  const columns = keyColumns({ actions, spends: useKeySpends(), makers: useKeyMakers() })
  const navigate = useNavigate()
  const { reason } = useMay('keys')
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const chosen = keys.entries?.filter(({ id }) => ids.has(id)) ?? []
  return (
    <>
      <BulkBar chosen={chosen} onDone={() => setIds(new Set())} />
      <Table
        caption="Keys for calls"
        columns={columns}
        rows={keys.entries}
        rowId={({ id }) => id}
        onOpen={({ id }) => void navigate({ to: '/keys/$id', params: { id } })}
        selection={{ ids, onChange: setIds, labelOf: ({ name }) => `Choose ${name}` }}
        failure={keys.failure}
        retry={keys.retry}
        hasMore={keys.hasMore}
        loadMore={keys.loadMore}
        isLoadingMore={keys.isLoadingMore}
        clearFilters={clear}
        empty={
          <EmptyNote
            title="No key yet"
            action={
              <Button kind="primary" icon="plus" reason={reason} onClick={create}>
                Create the first key
              </Button>
            }
          >
            <p>A program calls models with a key. The same from a terminal:</p>
            <CodeBlock label="Create a key" samples={[{ language: 'curl', code: createCommand() }]} />
          </EmptyNote>
        }
      />
      {actions.dialogs}
    </>
  )
}

/** Keys that call nothing and may do much stand apart, with what that means. */
function ManagementKeys({ filters, clear }: { readonly filters: Filters; readonly clear: (() => void) | undefined }) {
  const { account } = useSession()
  const actions = useKeyActions()
  const columns = managementColumns({ actions, makers: useKeyMakers() })
  const keys = useApiPages(
    list,
    { query: { account_id: account.id, ...filters, kind: 'management' } },
    { keepPrevious: true },
  )
  return (
    <Section
      title="Management keys"
      intro="They call no models. Each may make and change keys and read everything that the account spent: keep them on servers, give each an expiry, and delete those that nobody uses."
    >
      <Table
        caption="Management keys"
        columns={columns}
        rows={keys.entries}
        rowId={({ id }) => id}
        failure={keys.failure}
        retry={keys.retry}
        hasMore={keys.hasMore}
        loadMore={keys.loadMore}
        isLoadingMore={keys.isLoadingMore}
        clearFilters={clear}
        expectedRows={1}
        empty={<EmptyNote title="No management key">Only people who are signed in manage this account.</EmptyNote>}
      />
      {actions.dialogs}
    </Section>
  )
}

const createCommand = (): string =>
  [
    `curl '${window.location.origin}/api/v1/keys' \\`,
    `  -H "Authorization: Bearer $REDPILL_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"name": "production", "limit_credits": "10000000", "limit_window": "month"}'`,
  ].join('\n')
