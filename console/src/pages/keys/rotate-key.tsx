import { type ReactElement, useState } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { exactTime } from '../../lib/time.ts'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Segments } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { useZone } from '../../ui/preferences.ts'
import { NewSecret } from './new-secret.tsx'
import type { Key } from './key-status.ts'

const post = 'POST /api/v1/keys/{id}/rotate'

/** Gives a key a new secret; the one before goes on working as long as its programs need to be told. */
export function RotateKey({
  target,
  onClose,
}: {
  readonly target: Key | undefined
  readonly onClose: () => void
}): ReactElement {
  const [issued, setIssued] = useState<AnswerOf<typeof post>>()
  const zone = useZone()
  const until = issued?.data.previous_secret_until
  const close = () => {
    setIssued(undefined)
    onClose()
  }
  return (
    <Dialog
      isOpen={target !== undefined}
      onClose={close}
      shape="wide"
      title={issued ? `The new secret of ${issued.data.name}` : `Rotate ${target?.name ?? 'the key'}`}
    >
      {issued && (
        <>
          <p>
            {until
              ? `The secret before works until ${exactTime(new Date(until), zone)}. Put the new one in its place until then.`
              : 'The secret before has stopped working.'}
          </p>
          <NewSecret secret={issued.key} keyId={issued.data.id} kind={issued.data.kind} onDone={close} />
        </>
      )}
      {target && !issued && <RotateForm target={target} onIssued={setIssued} onCancel={close} />}
    </Dialog>
  )
}

const graces = [
  { value: '0', label: 'now' },
  { value: '900', label: 'in 15 min' },
  { value: '3600', label: 'in 1 h' },
  { value: '21600', label: 'in 6 h' },
  { value: '86400', label: 'in 24 h' },
] as const

function RotateForm({
  target,
  onIssued,
  onCancel,
}: {
  readonly target: Key
  readonly onIssued: (issued: AnswerOf<typeof post>) => void
  readonly onCancel: () => void
}) {
  const [grace, setGrace] = useState<(typeof graces)[number]['value']>('3600')
  const rotate = useAction(post, { stale: ['GET /api/v1/keys', 'GET /api/v1/keys/{id}'] })
  const input = { path: { id: target.id }, body: { overlap_seconds: Number(grace) } }
  const submit = async () => {
    const outcome = await rotate.run(input)
    if (outcome.ok) onIssued(outcome.answer)
  }
  return (
    <Form
      submit="Make a new secret"
      onSubmit={() => void submit()}
      onCancel={onCancel}
      isBusy={rotate.isRunning}
      failure={rotate.failure}
    >
      <p>The key keeps its limit, its policy and its history. When does its secret of now stop?</p>
      <Segments label="The secret of now stops" value={grace} onChange={setGrace} options={graces} />
      <p className="soft">
        {grace === '0'
          ? 'Every program that still uses it gets 401 from the next call on. Choose this when the secret has leaked.'
          : 'Both secrets work until then, so no call is lost while you put the new one in place.'}
        {target.previous_secret_until !== null && ' The one from the rotation before stops at once.'}
      </p>
      <SameByApi calls={[{ method: 'POST', address: addressOf(post, input), body: input.body }]} />
    </Form>
  )
}
