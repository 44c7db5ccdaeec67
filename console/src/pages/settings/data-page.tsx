import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import { forgetSession, useMay, useSession } from '../../api/session.ts'
import { SettingsPage } from '../../parts/settings.tsx'
import { Button, ButtonFileLink } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { CheckField } from '../../ui/fields.tsx'
import { Money } from '../../ui/money.tsx'
import { Section } from '../../ui/page.tsx'

/** Everything that is kept, as a file; and how it is deleted. */
export function DataPage(): ReactElement {
  const { account } = useSession()
  const path = { id: account.id }
  const accountExport = addressOf('GET /api/v1/accounts/{id}/export', { path })
  const ownExport = addressOf('GET /api/v1/me/export', {})
  return (
    <SettingsPage
      title="Data"
      intro="Prompts are not stored; answers only where a key or the server asks for it, sealed, for a day at most. Everything else that is kept can be taken away."
    >
      <Section
        title={`Export ${account.name}`}
        intro="Members, keys without their secrets, movements, receipts, changes: one JSON object a line."
        actions={
          <ButtonFileLink icon="download" href={accountExport} download>
            Export account
          </ButtonFileLink>
        }
      />
      <Section
        title="Export what is kept of you"
        intro="Your name, ways to sign in, sessions, memberships and what you changed."
        actions={
          <ButtonFileLink icon="download" href={ownExport} download>
            Export yourself
          </ButtonFileLink>
        }
      />
      <Section
        title={`Delete ${account.name}`}
        intro="Its keys stop at once; its ledger stays, without names. This cannot be taken back."
        actions={<DeleteAccount />}
      />
      <Section
        title="Delete yourself"
        intro="Your ways in, sessions and memberships are gone; what you did stays, without your name."
        actions={<DeleteSelf />}
      />
      <SameByApi
        calls={[
          { method: 'GET', address: accountExport, does: 'Everything of the account' },
          { method: 'GET', address: ownExport, does: 'Everything of you; by session only' },
        ]}
      />
    </SettingsPage>
  )
}

function DeleteAccount() {
  const { account } = useSession()
  const { reason } = useMay('owner')
  const [isOpen, setIsOpen] = useState(false)
  const own = account.kind === 'operator' ? "The operator's account cannot be deleted." : undefined
  return (
    <>
      <Button kind="danger" reason={own ?? reason} onClick={() => setIsOpen(true)}>
        Delete account
      </Button>
      {isOpen && <ConfirmAccount onClose={() => setIsOpen(false)} />}
    </>
  )
}

function ConfirmAccount({ onClose }: { readonly onClose: () => void }) {
  const { account } = useSession()
  const { data } = useApi('GET /api/v1/accounts/{id}', { path: { id: account.id } })
  const [forfeits, setForfeits] = useState(false)
  const remove = useAction('DELETE /api/v1/accounts/{id}')
  const leave = useLeave()
  const confirm = async () => {
    const query = { name: account.name, forfeit: forfeits ? ('true' as const) : ('false' as const) }
    const outcome = await remove.run({ path: { id: account.id }, query })
    if (outcome.ok) await leave()
  }
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete ${account.name}?`}
      action="Delete account"
      name={account.name}
      onConfirm={() => void confirm()}
      isBusy={remove.isRunning}
      failure={remove.failure}
    >
      <p>
        Its keys, provider keys, webhooks and invitations are gone at once.{' '}
        {data && (
          <>
            It has <Money amount={data.data.credits.available} /> left.
          </>
        )}
      </p>
      <CheckField
        label="Give up credits that were bought or earned"
        hint="Without this it is not deleted while any are left."
        checked={forfeits}
        onChange={setForfeits}
      />
    </Confirm>
  )
}

function DeleteSelf() {
  const { session } = useSession()
  const [isOpen, setIsOpen] = useState(false)
  const remove = useAction('DELETE /api/v1/me')
  const leave = useLeave()
  const confirm = async () => {
    const outcome = await remove.run({ query: { name: session.person.name } })
    if (outcome.ok) await leave()
  }
  return (
    <>
      <Button kind="danger" onClick={() => setIsOpen(true)}>
        Delete yourself
      </Button>
      <Confirm
        isOpen={isOpen}
        onClose={() => setIsOpen(false)}
        title="Delete yourself?"
        action="Delete yourself"
        name={session.person.name}
        onConfirm={() => void confirm()}
        isBusy={remove.isRunning}
        failure={remove.failure}
      >
        <p>Accounts that nobody else owns must be given to somebody, or deleted, first.</p>
      </Confirm>
    </>
  )
}

/** Nothing here is theirs any more. */
function useLeave() {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return async () => {
    forgetSession(queries)
    await navigate({ to: '/' })
  }
}
