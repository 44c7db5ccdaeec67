import { Link } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { parseUsd, toUsdText } from '../../lib/money.ts'
import { usd } from '../../parts/orders/order-facts.tsx'
import { type Order, staleByOrder } from '../../parts/orders/order.ts'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Segments, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'

const resolve = 'POST /api/v1/orders/{id}/resolve'
type ResolveAction = 'credit' | 'refund' | 'reject'

type Words = { readonly label: string; readonly submit: string; readonly does: string; readonly done: string }

/** Of money that is not what was agreed. */
const aboutMoney: readonly (readonly [ResolveAction, Words])[] = [
  [
    'credit',
    {
      label: 'Credit it',
      submit: 'Credit it',
      does: 'What came is credited, less the fee where nothing was credited yet.',
      done: 'Credited.',
    },
  ],
  [
    'refund',
    {
      label: 'Sent back',
      submit: 'Mark as sent back',
      does: 'You have sent the money back yourself; nothing of it is credited.',
      done: 'Marked as sent back.',
    },
  ],
  [
    'reject',
    {
      label: 'Neither',
      submit: 'Close it',
      does: 'Nothing is credited and nothing goes back.',
      done: 'Closed without credits.',
    },
  ],
]

/** Of a refund that a person has to send. */
const aboutRefund: readonly (readonly [ResolveAction, Words])[] = [
  [
    'refund',
    {
      label: 'It was sent',
      submit: 'Mark as sent',
      does: 'You have sent it yourself. A refund in tokens is found on the chain without that.',
      done: 'Marked as sent.',
    },
  ],
  [
    'reject',
    {
      label: 'It will not be sent',
      submit: 'Refuse the refund',
      does: 'Its credits come back to the account.',
      done: 'Refused; its credits are back.',
    },
  ],
]

const isRefundByHand = ({ timeline }: Order): boolean => timeline.at(-1)?.kind === 'refund_by_hand'

/** What the operator decides about a payment, and what it is of. */
export function Resolve({ order }: { readonly order: Order }): ReactElement {
  const { reason } = useMay('operate')
  const [isOpen, setIsOpen] = useState(false)
  const off = order.review === null ? 'Nothing about this payment waits for a decision.' : undefined
  return (
    <>
      <div className="page-actions">
        <Button kind="primary" reason={reason ?? off} onClick={() => setIsOpen(true)}>
          Decide
        </Button>
        <Link to="/admin/accounts/$id" params={{ id: order.account_id }}>
          The account
        </Link>
      </div>
      <Dialog isOpen={isOpen} onClose={() => setIsOpen(false)} title="Decide about this payment">
        <ResolveForm order={order} onClose={() => setIsOpen(false)} />
      </Dialog>
    </>
  )
}

function useDecision(order: Order, onClose: () => void) {
  const choices = isRefundByHand(order) ? aboutRefund : aboutMoney
  const [action, setAction] = useState<ResolveAction>(choices[0]?.[0] ?? 'reject')
  const words = choices.find(([each]) => each === action)?.[1]
  const [amountText, setAmountText] = useState('')
  const [note, setNote] = useState('')
  const run = useAction(resolve, { stale: staleByOrder })
  const amount = parseUsd(amountText.trim().replace(/^\$/, ''))
  const isAmountWrong = amountText.trim() !== '' && (amount === undefined || amount <= 0n)
  const missing = note.trim() === '' ? 'Say why: the audit log keeps it.' : undefined
  const path = { id: order.id }
  const body = {
    action,
    note: note.trim(),
    ...(action !== 'reject' && amount !== undefined && { amount_usd: toUsdText(amount) }),
  }
  const submit = async () => {
    const outcome = await run.run({ path, body })
    if (!outcome.ok) return
    showToast(words?.done ?? 'Done.')
    onClose()
  }
  const fields = { choices, words, action, setAction, amountText, setAmountText, note, setNote }
  return { ...fields, path, body, submit, run, reason: isAmountWrong ? 'The amount is no amount.' : missing }
}

function ResolveForm({ order, onClose }: { readonly order: Order; readonly onClose: () => void }) {
  const draft = useDecision(order, onClose)
  const { action, words, path, body, run } = draft
  return (
    <Form
      submit={words?.submit ?? 'Decide'}
      onSubmit={() => void draft.submit()}
      onCancel={onClose}
      isBusy={run.isRunning}
      failure={run.failure}
      reason={draft.reason}
    >
      {order.review !== null && <p>{order.review}</p>}
      <Segments
        label="What is done"
        value={action}
        onChange={draft.setAction}
        options={draft.choices.map(([value, { label }]) => ({ value, label }))}
      />
      <p className="soft">{words?.does}</p>
      {action !== 'reject' && !isRefundByHand(order) && (
        <TextField
          label="Amount in USD"
          name="amount_usd"
          optional
          inputMode="decimal"
          autoComplete="off"
          value={draft.amountText}
          onChange={draft.setAmountText}
          hint={`Empty: all that waits, ${usd(order.waiting_usd)}.`}
        />
      )}
      <TextField
        label="Note"
        name="note"
        hint="The payer sees it in the timeline."
        maxLength={200}
        autoComplete="off"
        value={draft.note}
        onChange={draft.setNote}
      />
      <SameByApi calls={[{ method: 'POST', address: addressOf(resolve, { path, body }), body }]} />
    </Form>
  )
}
