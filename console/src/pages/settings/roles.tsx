import type { ReactElement } from 'react'
import type { Schemas } from '../../api/schema.ts'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'

export type Role = Schemas['Member']['role']

/** Roles in words, the widest first. */
export const roleWords = {
  owner: { name: 'Owner', may: 'Everything, also making owners and deleting the account.' },
  admin: { name: 'Admin', may: 'Everything but making owners and deleting the account.' },
  developer: { name: 'Developer', may: 'Makes and changes keys, webhooks and provider keys; sees everything.' },
  billing: { name: 'Billing', may: 'Top-ups and alerts; sees everything.' },
  viewer: { name: 'Viewer', may: 'Sees everything, changes nothing.' },
} as const satisfies Record<Role, { readonly name: string; readonly may: string }>

export const roleNames = Object.keys(roleWords) as readonly Role[]

const columns: readonly Column<Role>[] = [
  { id: 'role', head: 'Role', cell: (role) => roleWords[role].name },
  { id: 'may', head: 'May', cell: (role) => roleWords[role].may },
]

/** What each role may do. */
export const RoleTable = (): ReactElement => (
  <Table
    caption="Roles"
    columns={columns}
    rows={roleNames}
    rowId={(role) => role}
    empty={<EmptyNote title="No role" />}
  />
)
