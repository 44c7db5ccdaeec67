import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { counted } from '../../lib/numbers.ts'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Form } from '../../ui/form.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { useNow } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { type Change, changeLines } from './key-changes.ts'
import { changesOf, draftOf, problemsOf, soundPart } from './key-draft.ts'
import { KeyFields } from './key-fields.tsx'
import type { Key } from './key-status.ts'

/** Changes a key: the whole of it in one form, and what will change before it is saved. */
export function EditKey({
  target,
  onClose,
}: {
  readonly target: Key | undefined
  readonly onClose: () => void
}): ReactElement {
  return (
    <Dialog isOpen={target !== undefined} onClose={onClose} shape="wide" title={`Edit ${target?.name ?? 'the key'}`}>
      {target && <EditForm target={target} onClose={onClose} />}
    </Dialog>
  )
}

const patch = 'PATCH /api/v1/keys/{id}'

function EditForm({ target, onClose }: { readonly target: Key; readonly onClose: () => void }) {
  const zone = useZone()
  const now = useNow()
  const unit = usePreference('unit')
  const { reason } = useMay('keys')
  // As it was when the form was opened: what arrives meanwhile must not move under what is being typed.
  const [before] = useState(target)
  const [begin] = useState(() => draftOf(before, unit, zone))
  const [draft, setDraft] = useState(begin)
  const save = useAction(patch, { stale: ['GET /api/v1/keys', 'GET /api/v1/keys/{id}'] })
  const { expires, ...others } = problemsOf(draft, zone, now)
  // An expiry that has passed is wrong only where somebody sets it.
  const problems = { ...others, ...(draft.expires !== begin.expires && expires !== undefined ? { expires } : {}) }
  const [problem] = Object.values(problems)
  const sound = soundPart(draft, begin, problems)
  const changes = changesOf(before, sound, zone)
  const lines = changeLines(before, sound, { unit, zone })
  const path = { id: before.id }
  const submit = async () => {
    const outcome = await save.run({ path, body: changes })
    if (!outcome.ok) return
    showToast(`${outcome.answer.data.name} is changed. It holds from the next call on.`)
    onClose()
  }
  return (
    <Form
      submit={lines.length === 0 ? 'Save' : `Save ${counted(lines.length, 'change')}`}
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={save.isRunning}
      failure={save.failure}
      reason={reason ?? problem ?? (lines.length === 0 ? 'Nothing is changed yet.' : undefined)}
    >
      <KeyFields
        draft={draft}
        onChange={setDraft}
        problems={problems}
        isManagement={before.kind === 'management'}
        of={before}
      />
      <Changes lines={lines} />
      <SameByApi calls={[{ method: 'PATCH', address: addressOf(patch, { path, body: changes }), body: changes }]} />
    </Form>
  )
}

/** What will change, line by line: before and after. */
function Changes({ lines }: { readonly lines: readonly Change[] }) {
  return (
    <section className="changes" aria-label="What will change" aria-live="polite">
      {lines.length === 0 ? (
        <p className="soft">Nothing is changed yet.</p>
      ) : (
        <dl>
          {lines.map(({ what, before, after }) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>
                <del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  )
}
