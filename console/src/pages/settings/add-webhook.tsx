import { type ReactElement, useState } from 'react'
import { useAction } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { CheckField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { SecretOnce } from '../../ui/secret.tsx'
import { eventWords, type Webhook } from './webhook-actions.tsx'

type Event = Webhook['events'][number]
const events = Object.keys(eventWords) as readonly Event[]

type Props = { readonly isOpen: boolean; readonly onClose: () => void }

/** A new webhook; the secret that its messages are signed with is shown once. */
export const AddWebhook = ({ isOpen, onClose }: Props): ReactElement => (
  <Dialog isOpen={isOpen} onClose={onClose} title="Add webhook">
    <Add onClose={onClose} />
  </Dialog>
)

function Add({ onClose }: Pick<Props, 'onClose'>) {
  const [secret, setSecret] = useState<string | undefined>()
  if (secret === undefined) return <AddForm onAdded={setSecret} onClose={onClose} />
  return (
    <div className="form">
      <SecretOnce secret={secret} what="signing secret">
        <p className="soft">Messages are signed as Standard Webhooks says; check them with this secret.</p>
      </SecretOnce>
      <footer className="form-foot">
        <Button kind="primary" onClick={onClose}>
          Done
        </Button>
      </footer>
    </div>
  )
}

type FormProps = Pick<Props, 'onClose'> & { readonly onAdded: (secret: string) => void }

function AddForm({ onAdded, onClose }: FormProps) {
  const { account } = useSession()
  const [url, setUrl] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<Event>>(new Set(events))
  const add = useAction('POST /api/v1/webhooks', { stale: ['GET /api/v1/webhooks'] })
  const submit = async () => {
    const body = { url: url.trim(), events: [...chosen], account_id: account.id }
    const outcome = await add.run({ body })
    if (outcome.ok) onAdded(outcome.answer.secret)
  }
  const toggle = (event: Event, isOn: boolean) => {
    const next = new Set(chosen)
    if (isOn) next.add(event)
    else next.delete(event)
    setChosen(next)
  }
  return (
    <Form
      submit="Add webhook"
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={add.isRunning}
      failure={add.failure}
      reason={url.trim() === '' ? 'Say an address.' : chosen.size === 0 ? 'Choose what to be told of.' : undefined}
    >
      <TextField
        label="Address"
        name="url"
        type="url"
        placeholder="https://example.com/hooks/redpill"
        hint="Private addresses are refused."
        value={url}
        onChange={setUrl}
        autoComplete="off"
        mono
      />
      <fieldset className="form">
        <legend>Told of</legend>
        {events.map((event) => (
          <CheckField
            key={event}
            label={eventWords[event]}
            checked={chosen.has(event)}
            onChange={(isOn) => toggle(event, isOn)}
          />
        ))}
      </fieldset>
    </Form>
  )
}
