import type { ReactElement } from 'react'
import { useApiPages } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { parseCredits, formatMoney, type MoneyUnit } from '../../lib/money.ts'
import { exactTime, type Zone } from '../../lib/time.ts'
import { Section } from '../../ui/page.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import type { Key } from './key-status.ts'

type Entry = Schemas['AuditRecord']

/** Who changed the key, from what to what: its limits of the past among them. */
export function KeyHistory({ of: key }: { readonly of: Key }): ReactElement {
  const unit = usePreference('unit')
  const zone = useZoneName()
  const entries = useApiPages('GET /api/v1/accounts/{id}/audit', {
    path: { id: key.account_id },
    query: { target: 'key', target_id: key.id, limit: 20 },
  })
  return (
    <Section title="History">
      <Table
        caption="Changes of the key"
        columns={columnsOf(zone, unit)}
        rows={entries.entries}
        rowId={({ id }) => id}
        failure={entries.failure}
        retry={entries.retry}
        hasMore={entries.hasMore}
        loadMore={entries.loadMore}
        isLoadingMore={entries.isLoadingMore}
        expectedRows={2}
        empty={<EmptyNote title="Nothing changed since changes are recorded" />}
      />
    </Section>
  )
}

const columnsOf = (zone: string, unit: MoneyUnit): readonly Column<Entry>[] => [
  { id: 'at', head: `Time, ${zone}`, cell: ({ at }) => <Time at={at} /> },
  {
    id: 'who',
    head: 'By',
    priority: 2,
    cell: ({ actor }) => (actor.name === null ? actor.kind : actor.kind === 'key' ? `key ${actor.name}` : actor.name),
  },
  { id: 'what', head: 'What', cell: ({ action }) => deeds[action] ?? action },
  { id: 'change', head: 'Change', cell: (entry) => <Changes of={entry} unit={unit} /> },
]

const deeds: Readonly<Record<string, string>> = {
  createKey: 'created',
  changeKey: 'changed',
  rotateKey: 'rotated',
  deleteKey: 'deleted',
}

function Changes({ of: { before, after }, unit }: { readonly of: Entry; readonly unit: MoneyUnit }) {
  const zone = useZone()
  const fields = Object.keys(after ?? before ?? {})
  if (fields.length === 0) return <span className="faint">-</span>
  return (
    <ul className="key-changes">
      {fields.map((field) => (
        <li key={field}>
          <span className="soft">{field.replaceAll('_', ' ').replace(/ credits$/, '')}</span>{' '}
          {before && (
            <>
              <del className="soft">{valueOf(field, before[field], unit, zone)}</del>{' '}
              <span aria-hidden="true">→</span>{' '}
            </>
          )}
          {after && valueOf(field, after[field], unit, zone)}
        </li>
      ))}
    </ul>
  )
}

function valueOf(field: string, value: unknown, unit: MoneyUnit, zone: Zone): string {
  if (value === null || value === undefined) return 'none'
  const amount = field.endsWith('_credits') && typeof value === 'string' ? parseCredits(value) : undefined
  if (amount !== undefined) return formatMoney(amount, unit)
  if (/_(at|until)$/.test(field) && typeof value === 'string') return exactTime(new Date(value), zone)
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number | boolean}`
}
