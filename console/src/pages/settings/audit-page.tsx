import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApiPages } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useSession } from '../../api/session.ts'
import { SettingsPage } from '../../parts/settings.tsx'
import { ButtonFileLink } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { FilterBar, FilterSelect } from '../../ui/filter-bar.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { changesOf, deedWords, targets, targetWords } from './audit-words.ts'
import './settings.css'

const route = getRouteApi('/framed/settings/audit')
const list = 'GET /api/v1/accounts/{id}/audit'
type Entry = Schemas['AuditRecord']

/** Every change that anybody made to the account, and who. */
export function AuditPage(): ReactElement {
  const { account } = useSession()
  const { target, actor } = route.useSearch()
  const navigate = route.useNavigate()
  const isFiltered = target !== undefined || actor !== undefined
  const clear = () => void navigate({ search: ({ target: _target, actor: _actor, ...rest }) => rest })
  const input = { path: { id: account.id }, query: { target, actor } }
  const found = useApiPages(list, input, { keepPrevious: true })
  return (
    <SettingsPage title="Audit log" intro={`Who changed what in ${account.name}. It is only ever added to.`}>
      <FilterBar
        clear={isFiltered ? clear : undefined}
        trailing={
          <ButtonFileLink icon="download" href={addressOf('GET /api/v1/accounts/{id}/audit.csv', input)} download>
            CSV
          </ButtonFileLink>
        }
      >
        <FilterSelect
          label="What"
          any="Anything"
          value={target}
          onChange={(next) => void navigate({ search: (before) => ({ ...before, target: next }) })}
          options={targets.map((value) => ({ value, label: targetWords[value] }))}
        />
        <FilterSelect
          label="By whom"
          any="By anybody"
          value={actor}
          onChange={(next) => void navigate({ search: (before) => ({ ...before, actor: next }) })}
          options={[
            { value: 'person', label: 'By people' },
            { value: 'key', label: 'By keys' },
            { value: 'system', label: 'By the server' },
          ]}
        />
      </FilterBar>
      <Table
        caption="Changes"
        columns={useColumns()}
        rows={found.entries}
        rowId={({ id }) => id}
        failure={found.failure}
        retry={found.retry}
        hasMore={found.hasMore}
        loadMore={found.loadMore}
        isLoadingMore={found.isLoadingMore}
        clearFilters={isFiltered ? clear : undefined}
        empty={<EmptyNote title="Nothing was changed yet" />}
      />
      <SameByApi calls={[{ method: 'GET', address: addressOf(list, input) }]} />
    </SettingsPage>
  )
}

const useColumns = (): readonly Column<Entry>[] => [
  { id: 'at', head: `Time, ${useZoneName()}`, cell: ({ at }) => <Time at={at} /> },
  { id: 'who', head: 'By', cell: ({ actor, address }) => <span title={address ?? undefined}>{whoOf(actor)}</span> },
  { id: 'what', head: 'What', cell: ({ action, target }) => `${targetWords[target.kind]}: ${deedWords(action)}` },
  { id: 'change', head: 'Change', priority: 2, cell: (entry) => <Changes of={entry} /> },
]

function whoOf({ kind, name, label }: Entry['actor']): string {
  if (kind === 'system') return 'the server'
  if (kind === 'operator') return 'the operator'
  if (kind === 'key') return `key ${name ?? label ?? 'deleted since'}`
  return name ?? 'somebody deleted since'
}

function Changes({ of: entry }: { readonly of: Entry }) {
  const changes = changesOf(entry, { unit: usePreference('unit'), zone: useZone() })
  if (changes.length === 0) return null
  return (
    <ul className="audit-changes">
      {changes.map(({ field, from, to }) => (
        <li key={field}>
          {field}: {from !== undefined && <del>{from}</del>} {to !== undefined && <ins>{to}</ins>}
        </li>
      ))}
    </ul>
  )
}
