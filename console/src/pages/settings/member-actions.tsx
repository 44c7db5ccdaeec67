import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useAction } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { forgetSession, sessionQuery, useMay, useSession } from '../../api/session.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Menu } from '../../ui/menu.tsx'
import { showToast } from '../../ui/toast.tsx'
import { type Role, roleNames, roleWords } from './roles.tsx'

const stale = ['GET /api/v1/accounts/{id}/members'] as const

/** What may be done about one member: another role, removal; and leaving, for oneself. */
export function MemberActions({ member }: { readonly member: Schemas['Member'] }): ReactElement {
  const { session } = useSession()
  const queries = useQueryClient()
  const { reason } = useMay('members')
  const makeOwner = useMay('owner')
  const [isRemoving, setIsRemoving] = useState(false)
  const change = useAction('PATCH /api/v1/accounts/{id}/members/{person_id}', { stale })
  const isSelf = member.person_id === session.person.id
  const setRole = async (role: Role) => {
    const path = { id: member.account_id, person_id: member.person_id }
    const outcome = await change.run({ path, body: { role } })
    if (!outcome.ok) return showToast(outcome.failure.message, 'bad')
    showToast(`${member.name} is ${roleWords[role].name.toLowerCase()} now.`)
    // What one may do oneself has changed with it.
    if (isSelf) await queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
  }
  const whyNot = (role: Role) => reason ?? (role === 'owner' || member.role === 'owner' ? makeOwner.reason : undefined)
  return (
    <>
      <Menu
        label={`Actions for ${member.name}`}
        kind="quiet"
        size="small"
        items={[
          ...roleNames.map((role) => ({
            label: roleWords[role].name,
            isChosen: role === member.role,
            reason: role === member.role ? undefined : whyNot(role),
            onSelect: () => void (role === member.role || setRole(role)),
          })),
          {
            label: isSelf ? 'Leave the account' : 'Remove',
            danger: true,
            reason: isSelf ? undefined : whyNot(member.role),
            onSelect: () => setIsRemoving(true),
          },
        ]}
      />
      <RemoveMember member={member} isSelf={isSelf} isOpen={isRemoving} onClose={() => setIsRemoving(false)} />
    </>
  )
}

type RemoveProps = {
  readonly member: Schemas['Member']
  readonly isSelf: boolean
  readonly isOpen: boolean
  readonly onClose: () => void
}

function RemoveMember({ member, isSelf, isOpen, onClose }: RemoveProps) {
  const { account } = useSession()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const remove = useAction('DELETE /api/v1/accounts/{id}/members/{person_id}', { stale })
  const confirm = async () => {
    const outcome = await remove.run({ path: { id: member.account_id, person_id: member.person_id } })
    if (!outcome.ok) return
    onClose()
    showToast(isSelf ? `You left ${account.name}.` : `${member.name} is no member any more.`)
    if (!isSelf) return
    // Which accounts are left has to be read anew, and the page may belong to none of them.
    forgetSession(queries)
    await navigate({ to: '/settings/profile' })
  }
  return (
    <Confirm
      isOpen={isOpen}
      onClose={onClose}
      title={isSelf ? `Leave ${account.name}?` : `Remove ${member.name}?`}
      action={isSelf ? 'Leave' : 'Remove'}
      onConfirm={() => void confirm()}
      isBusy={remove.isRunning}
      failure={remove.failure}
    >
      <p>
        {isSelf ? 'You see' : `${member.name} sees`} nothing of {account.name} from then on. Keys stay as they are.
      </p>
    </Confirm>
  )
}
