import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { type Action, useAction } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Segments } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { useNow } from '../../ui/time.tsx'
import { emptyDraft, newBodyOf, problemsOf } from './key-draft.ts'
import { KeyFields } from './key-fields.tsx'
import { NewSecret } from './new-secret.tsx'

type Kind = 'inference' | 'management'
type Issued = {
  readonly key: string
  readonly data: { readonly id: string; readonly name: string; readonly kind: Kind }
}

/** Makes a key; when it is made, the same dialog shows its secret and lets it be tried. */
export function CreateKey({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean
  readonly onClose: () => void
}): ReactElement {
  const [issued, setIssued] = useState<Issued>()
  const close = () => {
    setIssued(undefined)
    onClose()
  }
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      shape="wide"
      title={issued ? `The key ${issued.data.name} is made` : 'Create a key'}
    >
      {issued ? (
        <NewSecret secret={issued.key} keyId={issued.data.id} kind={issued.data.kind} onDone={close} />
      ) : (
        <CreateForm onIssued={setIssued} onCancel={close} />
      )}
    </Dialog>
  )
}

const post = 'POST /api/v1/keys'

function CreateForm({
  onIssued,
  onCancel,
}: {
  readonly onIssued: (issued: Issued) => void
  readonly onCancel: () => void
}) {
  const { account } = useSession()
  const zone = useZone()
  const now = useNow()
  const unit = usePreference('unit')
  const [kind, setKind] = useState<Kind>('inference')
  const [draft, setDraft] = useState(() => emptyDraft(unit))
  const create: Action<typeof post> = useAction(post, { stale: ['GET /api/v1/keys'] })
  const refusal = useKindRefusal(kind)
  const problems = problemsOf(draft, zone, now)
  const [problem] = Object.values(problems)
  const { name: _name, ...wrong } = problems
  const body = { kind, account_id: account.id, ...newBodyOf(draft, zone) } as const
  const submit = async () => {
    const outcome = await create.run({ body })
    if (outcome.ok) onIssued(outcome.answer)
  }
  return (
    <Form
      submit={kind === 'management' ? 'Create management key' : 'Create key'}
      onSubmit={() => void submit()}
      onCancel={onCancel}
      isBusy={create.isRunning}
      failure={create.failure}
      reason={refusal ?? problem}
    >
      <Segments
        label="Kind of key"
        value={kind}
        onChange={setKind}
        options={[
          { value: 'inference', label: 'For calls' },
          { value: 'management', label: 'For management' },
        ]}
      />
      <p className="soft">{kindWords[kind]}</p>
      <KeyFields draft={draft} onChange={setDraft} problems={problems} isManagement={kind === 'management'} />
      {Object.keys(wrong).length === 0 && (
        <SameByApi calls={[{ method: 'POST', address: addressOf(post, { body }), body }]} />
      )}
    </Form>
  )
}

const kindWords = {
  inference: 'Calls models and spends this account’s credits, up to a limit of its own.',
  management:
    'Calls no models. It makes and changes keys and reads everything that this account spent: keep it on servers, and never in an app.',
} as const satisfies Record<Kind, string>

/** A management key may do what admins may, so nobody below them makes one. */
function useKindRefusal(kind: Kind): string | undefined {
  const keys = useMay('keys')
  const admins = useMay('members')
  return kind === 'management' ? admins.reason : keys.reason
}
