import { useNavigate } from '@tanstack/react-router'
import type { MilliCredits } from '../../lib/money.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Menu, type MenuItem } from '../../ui/menu.tsx'
import type { Column } from '../../ui/table.tsx'
import type { KeyActions } from './key-actions.tsx'
import { KeyExpiry, KeyMade, KeyName, KeyStatusBadge, KeyUsed } from './key-cells.tsx'
import { KeyLimit } from './key-limit.tsx'
import { KeySpark } from './key-spark.tsx'
import type { Key } from './key-status.ts'

type Known = {
  readonly actions: KeyActions
  /** What each key spent day by day, once it is read. */
  readonly spends?: ReadonlyMap<string, readonly MilliCredits[]> | undefined
  /** Who made each key, as far as it is known. */
  readonly makers: ReadonlyMap<string, string> | undefined
}

/** The columns of the list of keys. */
export const keyColumns = ({ actions, spends, makers }: Known): readonly Column<Key>[] => [
  { id: 'name', head: 'Key', cell: (key) => <KeyName of={key} /> },
  { id: 'status', head: 'Status', cell: (key) => <KeyStatusBadge of={key} /> },
  {
    id: 'days',
    head: 'Last 30 days',
    priority: 2,
    cell: ({ id, name }) => <KeySpark spend={spends?.get(id)} name={name} />,
  },
  { id: 'limit', head: 'Spent of its limit', cell: (key) => <KeyLimit of={key} /> },
  { id: 'used', head: 'Last used', priority: 3, cell: (key) => <KeyUsed of={key} /> },
  { id: 'expires', head: 'Expires', priority: 3, cell: (key) => <KeyExpiry of={key} /> },
  { id: 'created', head: 'Created', priority: 3, cell: (key) => <KeyMade of={key} by={makers?.get(key.id)} /> },
  {
    id: 'actions',
    head: 'Actions',
    align: 'end',
    cell: (key) => <RowActions of={key} actions={actions} />,
  },
]

/** The two that people come for are seen; the menu has them too, with all the others. */
function RowActions({ of: key, actions }: { readonly of: Key; readonly actions: KeyActions }) {
  const navigate = useNavigate()
  const target = { to: '/keys/$id', params: { id: key.id } } as const
  const details: MenuItem = { label: 'Details', onSelect: () => void navigate(target) }
  return (
    <span className="key-row-actions">
      <ButtonLink {...target} kind="quiet" size="small" aria-label={`Details of ${key.name}`}>
        Details
      </ButtonLink>
      <Button
        kind="quiet"
        size="small"
        aria-label={`Edit ${key.name}`}
        reason={actions.refusal}
        onClick={() => actions.edit(key)}
      >
        Edit
      </Button>
      <Menu label={`Actions on ${key.name}`} kind="quiet" size="small" items={[details, ...actions.itemsOf(key)]} />
    </span>
  )
}

const ofCalls = new Set(['days', 'limit', 'used'])

/** Management keys make no calls: they have fewer columns. */
export const managementColumns = (known: Known): readonly Column<Key>[] =>
  keyColumns(known).filter(({ id }) => !ofCalls.has(id))
