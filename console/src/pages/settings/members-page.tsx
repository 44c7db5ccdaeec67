import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay, useSession } from '../../api/session.ts'
import { SettingsPage } from '../../parts/settings.tsx'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { useShortcut } from '../../ui/keyboard.ts'
import { Menu } from '../../ui/menu.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, Time, useZoneName } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { MemberActions } from './member-actions.tsx'
import { RoleTable, roleWords } from './roles.tsx'

type Invitation = Schemas['Invitation']

const members = 'GET /api/v1/accounts/{id}/members'
const invitations = 'GET /api/v1/accounts/{id}/invitations'

/** Who may act for the account, and as what. */
export function MembersPage(): ReactElement {
  const { account } = useSession()
  const { reason } = useMay('members')
  const [isInviting, setIsInviting] = useState(false)
  const path = { id: account.id }
  const found = useApi(members, { path })
  useShortcut('c', () => reason === undefined && setIsInviting(true))
  return (
    <SettingsPage
      title="Members"
      intro={`Who may act for ${account.name}. You are ${roleWords[account.role].name.toLowerCase()}.`}
      actions={
        <Button kind="primary" icon="plus" reason={reason} onClick={() => setIsInviting(true)}>
          Invite
        </Button>
      }
    >
      <Table
        caption="Members"
        columns={useMemberColumns()}
        rows={found.data?.data}
        rowId={({ person_id: id }) => id}
        failure={found.error?.failure}
        retry={() => void found.refetch()}
        expectedRows={2}
        empty={<EmptyNote title="No member">Only keys act for this account.</EmptyNote>}
      />
      <Invitations />
      <Section title="What each role may do">
        <RoleTable />
      </Section>
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(members, { path }), does: 'Members' },
          { method: 'GET', address: addressOf(invitations, { path }), does: 'Open invitations' },
        ]}
      />
      <InviteDialog isOpen={isInviting} onClose={() => setIsInviting(false)} />
    </SettingsPage>
  )
}

function useMemberColumns(): readonly Column<Schemas['Member']>[] {
  const { session } = useSession()
  const zone = useZoneName()
  return [
    {
      id: 'name',
      head: 'Name',
      cell: ({ name, person_id: id }) => (id === session.person.id ? `${name} (you)` : name),
    },
    { id: 'email', head: 'E-mail', priority: 2, cell: ({ email }) => email ?? <span className="soft">none</span> },
    {
      id: 'role',
      head: 'Role',
      cell: ({ role }) => <Badge why={roleWords[role].may}>{roleWords[role].name}</Badge>,
    },
    { id: 'since', head: `Since, ${zone}`, priority: 3, cell: ({ since }) => <Time at={since} show="day" /> },
    { id: 'act', head: 'Actions', align: 'end', cell: (member) => <MemberActions member={member} /> },
  ]
}

function Invitations() {
  const { account } = useSession()
  const found = useApi(invitations, { path: { id: account.id } })
  const [revoking, setRevoking] = useState<Invitation | undefined>()
  const revoke = useAction('DELETE /api/v1/accounts/{id}/invitations/{invitation_id}', { stale: [invitations] })
  const confirm = async () => {
    if (!revoking) return
    const outcome = await revoke.run({ path: { id: account.id, invitation_id: revoking.id } })
    if (!outcome.ok) return
    showToast(`The invitation of ${revoking.email} is revoked.`)
    setRevoking(undefined)
  }
  return (
    <Section title="Open invitations">
      <Table
        caption="Open invitations"
        columns={useInvitationColumns(setRevoking)}
        rows={found.data?.data}
        rowId={({ id }) => id}
        failure={found.error?.failure}
        retry={() => void found.refetch()}
        expectedRows={1}
        empty={<EmptyNote title="Nobody is asked to join" />}
      />
      <Confirm
        isOpen={revoking !== undefined}
        onClose={() => setRevoking(undefined)}
        title={`Revoke the invitation of ${revoking?.email ?? ''}?`}
        action="Revoke invitation"
        onConfirm={() => void confirm()}
        isBusy={revoke.isRunning}
        failure={revoke.failure}
      >
        <p>Its link stops working at once.</p>
      </Confirm>
    </Section>
  )
}

function useInvitationColumns(revoke: (invitation: Invitation) => void): readonly Column<Invitation>[] {
  const { reason } = useMay('members')
  return [
    { id: 'email', head: 'E-mail', cell: ({ email }) => email },
    { id: 'role', head: 'Role', cell: ({ role }) => roleWords[role].name },
    { id: 'by', head: 'Invited by', priority: 2, cell: ({ invited_by: by }) => by ?? 'the operator' },
    {
      id: 'expires',
      head: 'Expires',
      cell: ({ expires_at: at, expired }) => (expired ? <Badge tone="warn">Expired</Badge> : <Ago at={at} />),
    },
    {
      id: 'act',
      head: 'Actions',
      align: 'end',
      cell: (invitation) => (
        <Menu
          label={`Actions for ${invitation.email}`}
          kind="quiet"
          size="small"
          items={[{ label: 'Revoke', danger: true, reason, onSelect: () => revoke(invitation) }]}
        />
      ),
    },
  ]
}
