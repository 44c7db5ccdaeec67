import { useNavigate } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { type Action, useAction } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { Confirm } from '../../ui/confirm.tsx'
import type { MenuItem } from '../../ui/menu.tsx'
import { showToast } from '../../ui/toast.tsx'
import { AddToLimit } from './add-to-limit.tsx'
import { EditKey } from './edit-key.tsx'
import type { Key } from './key-status.ts'
import { RotateKey } from './rotate-key.tsx'

type Dialogs = 'edit' | 'add' | 'rotate' | 'delete'

export type KeyActions = {
  readonly edit: (key: Key) => void
  readonly addToLimit: (key: Key) => void
  readonly freeze: (key: Key) => void
  /** Everything that can be done with a key, with the reason where it cannot. */
  readonly itemsOf: (key: Key) => readonly MenuItem[]
  /** Why the person may change no key of this account. */
  readonly refusal: string | undefined
  /** The dialogs; rendered once on the page. */
  readonly dialogs: ReactElement
}

/** What can be done with single keys, on the list and on a key's own page. */
export function useKeyActions(): KeyActions {
  const { reason: refusal } = useMay('keys')
  const { reason: notAdmin } = useMay('members')
  const [open, setOpen] = useState<{ readonly dialog: Dialogs; readonly key: Key }>()
  const freeze = useFreeze()
  const show = (dialog: Dialogs) => (key: Key) => setOpen({ dialog, key })
  const targetOf = (dialog: Dialogs) => (open?.dialog === dialog ? open.key : undefined)
  const close = () => setOpen(undefined)
  return {
    edit: show('edit'),
    addToLimit: show('add'),
    freeze,
    refusal,
    itemsOf: (key) => [
      { label: 'Edit', onSelect: () => show('edit')(key), reason: refusal },
      { label: 'Add to limit', onSelect: () => show('add')(key), reason: refusal ?? addRefusal(key) },
      {
        label: 'Rotate the secret',
        onSelect: () => show('rotate')(key),
        // Whoever rotates a management key holds it, and may do what admins may.
        reason: key.kind === 'management' ? notAdmin : refusal,
      },
      { label: key.disabled ? 'Unfreeze' : 'Freeze', onSelect: () => freeze(key), reason: refusal },
      { label: 'Delete', danger: true, onSelect: () => show('delete')(key), reason: refusal },
    ],
    dialogs: (
      <>
        <EditKey target={targetOf('edit')} onClose={close} />
        <AddToLimit target={targetOf('add')} onClose={close} />
        <RotateKey target={targetOf('rotate')} onClose={close} />
        <DeleteKey target={targetOf('delete')} onClose={close} />
      </>
    ),
  }
}

/** Why nothing can be added to a key's limit. */
export const addRefusal = (key: Key): string | undefined =>
  key.limit_credits === null ? 'It has no limit of its own to add to.' : undefined

/** Freezing is one click, since it can be taken back by another. */
function useFreeze(): (key: Key) => void {
  const patch: Action<'PATCH /api/v1/keys/{id}'> = useAction('PATCH /api/v1/keys/{id}', {
    stale: ['GET /api/v1/keys', 'GET /api/v1/keys/{id}'],
  })
  return (key) =>
    void patch.run({ path: { id: key.id }, body: { disabled: !key.disabled } }).then((outcome) => {
      if (!outcome.ok) showToast(outcome.failure.message, 'bad')
      else if (key.disabled) showToast(`${key.name} works again.`)
      else showToast(`${key.name} is frozen: its calls get 401 from now on.`)
    })
}

function DeleteKey({ target, onClose }: { readonly target: Key | undefined; readonly onClose: () => void }) {
  const navigate = useNavigate()
  const remove = useAction('DELETE /api/v1/keys/{id}', { stale: ['GET /api/v1/keys'] })
  const close = () => {
    remove.reset()
    onClose()
  }
  const confirm = async (key: Key) => {
    const outcome = await remove.run({ path: { id: key.id } })
    if (!outcome.ok) return
    showToast(`${key.name} is deleted.`)
    close()
    await navigate({ to: '/keys' })
  }
  return (
    <Confirm
      isOpen={target !== undefined}
      onClose={close}
      title={`Delete ${target?.name ?? 'the key'}?`}
      action="Delete the key"
      name={target?.name ?? ''}
      onConfirm={() => target && void confirm(target)}
      isBusy={remove.isRunning}
      failure={remove.failure}
    >
      <p>
        Its calls get 401 from the next one on, and it cannot be brought back. What it spent stays on the ledger. To
        stop it for a while, freeze it instead.
      </p>
    </Confirm>
  )
}
