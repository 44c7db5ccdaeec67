import { type ReactElement, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { callApi } from '../../api/client.ts'
import { invalidate } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import type { Failure } from '../../lib/failure.ts'
import { counted } from '../../lib/numbers.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/confirm.tsx'
import { showToast } from '../../ui/toast.tsx'
import type { Key } from './key-status.ts'

type Deed = 'freeze' | 'unfreeze' | 'delete'

const done = { freeze: 'frozen', unfreeze: 'working again', delete: 'deleted' } as const satisfies Record<Deed, string>

/** What can be done with several keys at once; shown while some are chosen. */
export function BulkBar({
  chosen,
  onDone,
}: {
  readonly chosen: readonly Key[]
  readonly onDone: () => void
}): ReactElement | null {
  const { reason } = useMay('keys')
  const [isDeleting, setIsDeleting] = useState(false)
  const { run, isRunning, failure } = useBulk(onDone)
  if (chosen.length === 0) return null
  const awake = chosen.filter(({ disabled }) => !disabled)
  const frozen = chosen.filter(({ disabled }) => disabled)
  return (
    <div className="bulk-bar" role="region" aria-label="With the chosen keys">
      <strong>{counted(chosen.length, 'key')} chosen</strong>
      <Button
        size="small"
        isBusy={isRunning}
        reason={reason ?? (awake.length === 0 ? 'All of them are frozen.' : undefined)}
        onClick={() => void run('freeze', awake)}
      >
        Freeze
      </Button>
      <Button
        size="small"
        isBusy={isRunning}
        reason={reason ?? (frozen.length === 0 ? 'None of them is frozen.' : undefined)}
        onClick={() => void run('unfreeze', frozen)}
      >
        Unfreeze
      </Button>
      <Button size="small" kind="danger" isBusy={isRunning} reason={reason} onClick={() => setIsDeleting(true)}>
        Delete
      </Button>
      <Button size="small" kind="quiet" onClick={onDone}>
        Choose none
      </Button>
      <Confirm
        isOpen={isDeleting}
        onClose={() => setIsDeleting(false)}
        title={`Delete ${counted(chosen.length, 'key')}?`}
        action={`Delete ${counted(chosen.length, 'key')}`}
        name={`delete ${chosen.length}`}
        isBusy={isRunning}
        failure={failure}
        onConfirm={() => void run('delete', chosen)}
      >
        <p>Their calls get 401 from the next one on, and they cannot be brought back:</p>
        <ul className="bulk-names">
          {chosen.map(({ id, name, label }) => (
            <li key={id}>
              {name} <code className="faint">{label}</code>
            </li>
          ))}
        </ul>
      </Confirm>
    </div>
  )
}

/** Does one thing to several keys, one request each; stops at the first refusal and says how far it came. */
function useBulk(onDone: () => void) {
  const queries = useQueryClient()
  const [isRunning, setIsRunning] = useState(false)
  const [failure, setFailure] = useState<Failure>()
  const run = async (deed: Deed, keys: readonly Key[]) => {
    setIsRunning(true)
    setFailure(undefined)
    let refused: Failure | undefined
    let count = 0
    for (const key of keys) {
      const outcome = await doTo(key, deed)
      if (!outcome.ok) {
        refused = outcome.failure
        break
      }
      count += 1
    }
    await invalidate(queries, ['GET /api/v1/keys', 'GET /api/v1/keys/{id}'])
    setIsRunning(false)
    setFailure(refused)
    if (count > 0) showToast(`${counted(count, 'key')} ${count === 1 ? 'is' : 'are'} ${done[deed]}.`)
    if (refused) showToast(`Then one was refused: ${refused.message}`, 'bad')
    else onDone()
  }
  return { run, isRunning, failure }
}

const doTo = ({ id }: Key, deed: Deed) =>
  deed === 'delete'
    ? callApi('DELETE /api/v1/keys/{id}', { path: { id } })
    : callApi('PATCH /api/v1/keys/{id}', { path: { id }, body: { disabled: deed === 'freeze' } })
