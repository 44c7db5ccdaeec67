import { type ReactElement, useState } from 'react'
import { useAction } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay } from '../../api/session.ts'
import { Confirm } from '../../ui/confirm.tsx'
import { Menu } from '../../ui/menu.tsx'
import { showToast } from '../../ui/toast.tsx'

export type Webhook = Schemas['Webhook']

/** Events in words. */
export const eventWords = {
  'balance.low': 'low balance',
  'key.limit_near': 'a key at 80 % of its limit',
  'key.limit_reached': 'a key at its limit',
  'key.unusual': 'a key used as it never was',
  'usage.reached': 'use that reached an alert',
} as const satisfies Record<Webhook['events'][number], string>

const stale = ['GET /api/v1/webhooks'] as const

/** What may be done about one webhook. */
export function WebhookActions({ webhook }: { readonly webhook: Webhook }): ReactElement {
  const { reason } = useMay('keys')
  const [isDeleting, setIsDeleting] = useState(false)
  const path = { id: webhook.id }
  const change = useAction('PATCH /api/v1/webhooks/{id}', { stale })
  const remove = useAction('DELETE /api/v1/webhooks/{id}', { stale })
  const test = useAction('POST /api/v1/webhooks/{id}/test', { stale: ['GET /api/v1/webhooks/{id}/deliveries'] })
  const say = (
    outcome: { readonly ok: true } | { readonly ok: false; readonly failure: { message: string } },
    text: string,
  ) => (outcome.ok ? showToast(text) : showToast(outcome.failure.message, 'bad'))
  const sendTest = async () => say(await test.run({ path }), 'A test is on its way: its deliveries tell how it went.')
  const turn = async (disabled: boolean) =>
    say(await change.run({ path, body: { disabled } }), disabled ? 'It is off.' : 'It is on.')
  const confirm = async () => {
    const outcome = await remove.run({ path })
    if (!outcome.ok) return
    setIsDeleting(false)
    showToast('The webhook is deleted.')
  }
  return (
    <>
      <Menu
        label={`Actions for ${webhook.url}`}
        kind="quiet"
        size="small"
        items={[
          {
            label: 'Send a test',
            reason: reason ?? (webhook.disabled ? 'It is off.' : undefined),
            onSelect: () => void sendTest(),
          },
          { label: webhook.disabled ? 'Turn on' : 'Turn off', reason, onSelect: () => void turn(!webhook.disabled) },
          { label: 'Delete', danger: true, reason, onSelect: () => setIsDeleting(true) },
        ]}
      />
      <Confirm
        isOpen={isDeleting}
        onClose={() => setIsDeleting(false)}
        title="Delete the webhook?"
        action="Delete webhook"
        onConfirm={() => void confirm()}
        isBusy={remove.isRunning}
        failure={remove.failure}
      >
        <p>
          Nothing is sent to <code>{webhook.url}</code> any more.
        </p>
      </Confirm>
    </>
  )
}
