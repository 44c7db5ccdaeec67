import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { formatUsd, parseUsd, toUsdText } from '../../lib/money.ts'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { CheckField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'
import { usd } from './order-facts.tsx'
import { type Order, staleByOrder } from './order.ts'

const refund = 'POST /api/v1/orders/{id}/refund'

type To = NonNullable<Order['refunds_to']>

/** Where the money goes: crypto is sent to the address that it came from, whoever that belongs to. */
function GoesTo({ to: { kind, address, chain_id: chainId } }: { readonly to: To }) {
  const { account } = useSession()
  const options = useApi(
    'GET /api/v1/payments/options',
    { query: { account_id: account.id } },
    { enabled: kind === 'address' },
  )
  if (kind === 'card' || address === null) return <p>It goes to the card that paid.</p>
  const chain = options.data?.data.crypto.chains?.find(({ id }) => id === chainId)
  return (
    <div>
      <p>It is sent on {chain?.name ?? `chain ${chainId}`} to the address that paid:</p>
      <p className="refund-address">
        <CopyText text={address} what="address" />
      </p>
    </div>
  )
}

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
  const to = order.refunds_to
  const [isReachable, setIsReachable] = useState(false)
  const [text, setText] = useState(toUsdText(most))
  const run = useAction(refund, { stale: staleByOrder })
  const amount = parseUsd(text.trim().replace(/^\$/, ''))
  const isFit = amount !== undefined && amount > 0n && amount <= most
  const unconfirmed = to?.is_deposit && !isReachable ? 'Confirm that the address can be reached.' : undefined
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
      reason={isFit ? unconfirmed : `Give an amount up to ${formatUsd(most)}.`}
    >
      <p>
        {usd(order.refundable_usd)} of this payment can go back. The credits that it bought go with it; credits that
        were spent are not refunded, and neither is the fee.
      </p>
      {to && <GoesTo to={to} />}
      {to?.is_deposit && (
        <CheckField
          label="What is sent to this address reaches me"
          hint="An exchange pays out from an address that it shares among its customers. What is sent back there may be lost: ask the exchange first, or the operator for another way."
          checked={isReachable}
          onChange={setIsReachable}
        />
      )}
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
