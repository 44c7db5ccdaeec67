import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { SettingsPage } from '../../parts/settings.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago, Time, useZoneName } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { AddWays } from './add-ways.tsx'
import { Sessions } from './sessions.tsx'

const list = 'GET /api/v1/identities'
type Identity = Schemas['Identity']

/** How this person signs in, and where they are signed in now. */
export function WaysPage(): ReactElement {
  const found = useApi(list, {})
  const ways = found.data?.data
  const [removing, setRemoving] = useState<Identity | undefined>()
  return (
    <SettingsPage
      title="Sign-in"
      intro="Each of these lets you in by itself: keep two, so that losing one shuts nobody out."
    >
      <Section title="Ways in">
        <Table
          caption="Ways in"
          columns={useColumns(ways ?? [], setRemoving)}
          rows={ways}
          rowId={({ id }) => id}
          failure={found.error?.failure}
          retry={() => void found.refetch()}
          expectedRows={1}
          empty={<EmptyNote title="No way in but the operator's link">Add one, so that you can come back.</EmptyNote>}
        />
        {ways && <AddWays />}
      </Section>
      {/* What stands below comes when it is known how much stands above, so that nothing moves. */}
      {ways && <Sessions />}
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(list, {}), does: 'Ways in; by session only' },
          { method: 'GET', address: '/api/v1/sessions', does: 'Where you are signed in; by session only' },
        ]}
      />
      <RemoveWay of={removing} onClose={() => setRemoving(undefined)} />
    </SettingsPage>
  )
}

/** Kinds of ways in, in words. */
const kindWords = {
  email: 'E-mail',
  passkey: 'Passkey',
  wallet: 'Wallet',
  github: 'GitHub',
  google: 'Google',
} as const satisfies Record<Identity['kind'], string>

function useColumns(all: readonly Identity[], remove: (identity: Identity) => void): readonly Column<Identity>[] {
  const zone = useZoneName()
  const last = all.length === 1 ? 'It is the only way in: add another one first.' : undefined
  return [
    { id: 'kind', head: 'Kind', cell: ({ kind }) => kindWords[kind] },
    { id: 'name', head: 'Name', cell: ({ name }) => name },
    { id: 'at', head: `Added, ${zone}`, priority: 2, cell: ({ created_at: at }) => <Time at={at} show="day" /> },
    {
      id: 'used',
      head: 'Last used',
      priority: 2,
      cell: ({ used_at: at }) => (at ? <Ago at={at} /> : <span className="soft">never</span>),
    },
    {
      id: 'act',
      head: 'Actions',
      align: 'end',
      cell: (identity) => (
        <Button kind="quiet" size="small" reason={last} onClick={() => remove(identity)}>
          Remove
        </Button>
      ),
    },
  ]
}

function RemoveWay({ of: identity, onClose }: { readonly of: Identity | undefined; readonly onClose: () => void }) {
  const remove = useAction('DELETE /api/v1/identities/{id}', { stale: [list] })
  const confirm = async () => {
    if (!identity) return
    const outcome = await remove.run({ path: { id: identity.id } })
    if (!outcome.ok) return
    showToast('Removed. It lets nobody in any more.')
    onClose()
  }
  return (
    <Confirm
      isOpen={identity !== undefined}
      onClose={onClose}
      title={identity ? `Remove ${kindWords[identity.kind]} ${identity.name}?` : ''}
      action="Remove"
      onConfirm={() => void confirm()}
      isBusy={remove.isRunning}
      failure={remove.failure}
    >
      <p>Nobody can sign in with it any more. Those who are signed in stay so.</p>
    </Confirm>
  )
}
