import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { formatUsd, parseUsd, toUsdText } from '../../lib/money.ts'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'
import { usd } from './order-facts.tsx'
import { type Order, staleByOrder } from './order.ts'

const refund = 'POST /api/v1/orders/{id}/refund'

/** Asks for money back: all that is refundable, or a part of it. */
export function RefundDialog({
  order,
  isOpen,
  onClose,
}: {
  readonly order: Order
  readonly isOpen: boolean
  readonly onClose: () => void
}): ReactElement {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Refund">
      <RefundForm order={order} onClose={onClose} />
    </Dialog>
  )
}

function RefundForm({ order, onClose }: { readonly order: Order; readonly onClose: () => void }) {
  const most = parseUsd(order.refundable_usd) ?? 0n
  const [text, setText] = useState(toUsdText(most))
  const run = useAction(refund, { stale: staleByOrder })
  const amount = parseUsd(text.trim().replace(/^\$/, ''))
  const isFit = amount !== undefined && amount > 0n && amount <= most
  const body = isFit ? { amount_usd: toUsdText(amount) } : {}
  const path = { id: order.id }
  const submit = async () => {
    const outcome = await run.run({ path, body })
    if (!outcome.ok) return
    showToast(`The refund of ${formatUsd(amount ?? most)} is under way.`)
    onClose()
  }
  return (
    <Form
      submit={isFit ? `Refund ${formatUsd(amount)}` : 'Refund'}
      danger
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={run.isRunning}
      failure={run.failure}
      reason={isFit ? undefined : `Give an amount up to ${formatUsd(most)}.`}
    >
      <p>
        {usd(order.refundable_usd)} of this payment can go back. The credits that it bought go with it; credits that
        were spent are not refunded, and neither is the fee.
      </p>
      <TextField
        label="Amount in USD"
        name="amount_usd"
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={setText}
        hint={`At most ${formatUsd(most)}.`}
      />
      <SameByApi calls={[{ method: 'POST', address: addressOf(refund, { path, body }), body }]} />
    </Form>
  )
}
