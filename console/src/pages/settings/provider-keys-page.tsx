import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay, useSession } from '../../api/session.ts'
import { SettingsPage } from '../../parts/settings.tsx'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { CheckField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { useShortcut } from '../../ui/keyboard.ts'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'

const list = 'GET /api/v1/provider-keys'
type ProviderKey = Schemas['ProviderKey']

/** The account's own keys at providers: calls that go there are paid there, for a fee here. */
export function ProviderKeysPage(): ReactElement {
  const { account } = useSession()
  const { reason } = useMay('keys')
  const [isAdding, setIsAdding] = useState(false)
  const [deleting, setDeleting] = useState<ProviderKey | undefined>()
  const query = { account_id: account.id }
  const found = useApi(list, { query })
  useShortcut('c', () => reason === undefined && setIsAdding(true))
  return (
    <SettingsPage
      title="Provider keys"
      intro={`Calls of ${account.name} that go to these providers use its own keys there; only a fee is charged here.`}
      actions={
        <Button kind="primary" icon="plus" reason={reason} onClick={() => setIsAdding(true)}>
          Add provider key
        </Button>
      }
    >
      <Table
        caption="Provider keys"
        columns={useColumns(setDeleting)}
        rows={found.data?.data}
        rowId={({ id }) => id}
        failure={found.error?.failure}
        retry={() => void found.refetch()}
        expectedRows={1}
        empty={<EmptyNote title="No key of your own">All calls use the operator&apos;s keys at providers.</EmptyNote>}
      />
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(list, { query }), does: 'Provider keys' },
          {
            method: 'POST',
            address: addressOf('POST /api/v1/provider-keys', { body: { api_key: '' } }),
            body: { provider: 'openai', api_key: 'sk-...', fallback: false, account_id: account.id },
            does: 'Add one',
          },
        ]}
      />
      <Dialog isOpen={isAdding} onClose={() => setIsAdding(false)} title="Add provider key">
        <AddForm onClose={() => setIsAdding(false)} />
      </Dialog>
      <DeleteKey of={deleting} onClose={() => setDeleting(undefined)} />
    </SettingsPage>
  )
}

function useColumns(remove: (key: ProviderKey) => void): readonly Column<ProviderKey>[] {
  const zone = useZoneName()
  const { reason } = useMay('keys')
  return [
    { id: 'provider', head: 'Provider', cell: ({ provider }) => provider },
    { id: 'key', head: 'Key', cell: ({ label }) => <code>{label}</code> },
    {
      id: 'fallback',
      head: 'When it fails',
      priority: 2,
      cell: ({ fallback }) => (fallback ? "the operator's key is used" : 'the call fails'),
    },
    { id: 'at', head: `Added, ${zone}`, priority: 3, cell: ({ created_at: at }) => <Time at={at} show="day" /> },
    {
      id: 'act',
      head: 'Actions',
      align: 'end',
      cell: (key) => (
        <Button kind="quiet" size="small" reason={reason} onClick={() => remove(key)}>
          Delete
        </Button>
      ),
    },
  ]
}

function AddForm({ onClose }: { readonly onClose: () => void }) {
  const { account } = useSession()
  const [provider, setProvider] = useState('')
  const [secret, setSecret] = useState('')
  const [fallback, setFallback] = useState(false)
  const add = useAction('POST /api/v1/provider-keys', { stale: [list] })
  const submit = async () => {
    const body = { provider: provider.trim(), api_key: secret.trim(), fallback, account_id: account.id }
    const outcome = await add.run({ body })
    if (!outcome.ok) return
    showToast('Added. It is used from the next call on.')
    onClose()
  }
  return (
    <Form
      submit="Add provider key"
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={add.isRunning}
      failure={add.failure}
      reason={provider.trim() === '' ? 'Say the provider.' : secret.trim() === '' ? 'Give the key.' : undefined}
    >
      <TextField
        label="Provider"
        name="provider"
        placeholder="openai"
        hint="By the name that receipts of calls tell."
        value={provider}
        onChange={setProvider}
        autoComplete="off"
      />
      <TextField
        label="Key at the provider"
        name="api_key"
        type="password"
        hint="It is sealed at once and never shown again. One that was there before is replaced."
        value={secret}
        onChange={setSecret}
        autoComplete="off"
        mono
      />
      <CheckField
        label="Use the operator's key when this one fails"
        hint="Such a call is charged at the full price."
        checked={fallback}
        onChange={setFallback}
      />
    </Form>
  )
}

function DeleteKey({ of: key, onClose }: { readonly of: ProviderKey | undefined; readonly onClose: () => void }) {
  const remove = useAction('DELETE /api/v1/provider-keys/{id}', { stale: [list] })
  const confirm = async () => {
    if (!key) return
    const outcome = await remove.run({ path: { id: key.id } })
    if (!outcome.ok) return
    showToast('The key is deleted.')
    onClose()
  }
  return (
    <Confirm
      isOpen={key !== undefined}
      onClose={onClose}
      title={`Delete the key at ${key?.provider ?? ''}?`}
      action="Delete key"
      onConfirm={() => void confirm()}
      isBusy={remove.isRunning}
      failure={remove.failure}
    >
      <p>Calls use the operator&apos;s key from then on, at the full price.</p>
    </Confirm>
  )
}
