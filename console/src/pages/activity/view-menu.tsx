import { type ReactElement, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { Menu } from '../../ui/menu.tsx'
import type { ActivitySearch } from './question.ts'
import { useViews } from './views.ts'

/** Opens a kept view, keeps this one, or forgets some. */
export function ViewMenu({
  accountId,
  search,
  open,
}: {
  readonly accountId: string
  readonly search: ActivitySearch
  readonly open: (search: ActivitySearch) => void
}): ReactElement {
  const { views, add, remove } = useViews(accountId)
  const [dialog, setDialog] = useState<'save' | 'forget'>()
  const close = () => setDialog(undefined)
  return (
    <>
      <Menu
        label="Views"
        items={[
          ...views.map((view) => ({ label: view.name, onSelect: () => open(view.search) })),
          { label: 'Keep this view', icon: 'plus', onSelect: () => setDialog('save') },
          {
            label: 'Forget a view',
            icon: 'close',
            onSelect: () => setDialog('forget'),
            reason: views.length === 0 ? 'None is kept in this browser.' : undefined,
          },
        ]}
      >
        Views
      </Menu>
      <Dialog isOpen={dialog === 'save'} onClose={close} title="Keep this view">
        <SaveForm
          onSave={(name) => {
            add({ name, search })
            close()
          }}
          onCancel={close}
        />
      </Dialog>
      <Dialog isOpen={dialog === 'forget'} onClose={close} title="Forget a view">
        <ul className="view-list">
          {views.map(({ name }) => (
            <li key={name}>
              <span>{name}</span>
              <Button size="small" onClick={() => remove(name)}>
                Forget {name}
              </Button>
            </li>
          ))}
        </ul>
        {views.length === 0 && <p className="soft">No view is kept in this browser.</p>}
      </Dialog>
    </>
  )
}

function SaveForm({ onSave, onCancel }: { readonly onSave: (name: string) => void; readonly onCancel: () => void }) {
  const [name, setName] = useState('')
  const known = name.trim()
  return (
    <Form
      submit="Keep the view"
      onSubmit={() => onSave(known)}
      onCancel={onCancel}
      reason={known === '' ? 'It needs a name.' : undefined}
    >
      <TextField
        label="Name"
        hint="Filters, time and chart are kept in this browser. A view of the same name is replaced."
        value={name}
        onChange={setName}
        maxLength={60}
      />
    </Form>
  )
}
