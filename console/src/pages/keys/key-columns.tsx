import { Badge } from '../../ui/badge.tsx'
import { Menu } from '../../ui/menu.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import type { Column } from '../../ui/table.tsx'
import { Ago, Time, useNow } from '../../ui/time.tsx'
import type { MilliCredits } from '../../lib/money.ts'
import { KeySpark } from './key-spark.tsx'
import type { KeyActions } from './key-actions.tsx'
import { KeyLimit } from './key-limit.tsx'
import { type Key, statusOf } from './key-status.ts'

/** The columns of the list of keys. */
export function useKeyColumns(
  { itemsOf }: KeyActions,
  spends: ReadonlyMap<string, readonly MilliCredits[]> | undefined,
): readonly Column<Key>[] {
  const reading = { now: useNow(), zone: useZone(), unit: usePreference('unit') }
  return [
    {
      id: 'name',
      head: 'Key',
      cell: (key) => (
        <span className="key-name">
          {key.name} <code className="faint">{key.label}</code>
        </span>
      ),
    },
    {
      id: 'status',
      head: 'Status',
      cell: (key) => {
        const { words, tone, advice } = statusOf(key, reading)
        return (
          <Badge tone={tone} why={advice}>
            {words}
          </Badge>
        )
      },
    },
    {
      id: 'days',
      head: 'Last 30 days',
      priority: 2,
      cell: ({ id, name }) => <KeySpark spend={spends?.get(id)} name={name} />,
    },
    { id: 'limit', head: 'Spent of its limit', cell: (key) => <KeyLimit of={key} /> },
    {
      id: 'expires',
      head: 'Expires',
      priority: 3,
      cell: (key) => (key.expires_at === null ? <span className="faint">never</span> : <Ago at={key.expires_at} />),
    },
    { id: 'created', head: 'Created', priority: 3, cell: (key) => <Time at={key.created_at} show="day" /> },
    {
      id: 'actions',
      head: 'Actions',
      align: 'end',
      cell: (key) => <Menu label={`Actions on ${key.name}`} kind="quiet" size="small" items={itemsOf(key)} />,
    },
  ]
}

/** Management keys spend nothing: they have fewer columns. */
export function useManagementColumns(actions: KeyActions): readonly Column<Key>[] {
  const columns = useKeyColumns(actions, undefined)
  return columns.filter(({ id }) => id !== 'limit' && id !== 'days')
}
