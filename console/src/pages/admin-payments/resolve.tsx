import { Link } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { addressOf } from '../../api/client.ts'
import { useAction } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { parseUsd, toUsdText } from '../../lib/money.ts'
import { cameText, usd } from '../../parts/orders/order-facts.tsx'
import { type Order, staleByOrder } from '../../parts/orders/order.ts'
import { Facts } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { Choices } from '../../ui/choices.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { showToast } from '../../ui/toast.tsx'
import { type Answer, answersOf, questionWords } from './answers.ts'
import { agreedText, type Question, waitingText } from './waiting.ts'

const resolve = 'POST /api/v1/orders/{id}/resolve'

/** What the operator decides about a payment: each open question by itself. */
export function Resolve({ order }: { readonly order: Order }): ReactElement {
  const [open, setOpen] = useState<Question['about'] | undefined>()
  const asked = order.questions.find(({ about }) => about === open)
  const close = () => setOpen(undefined)
  return (
    <>
      {order.questions.map((question) => (
        <Open key={question.about} order={order} question={question} decide={() => setOpen(question.about)} />
      ))}
      <p>
        Account{' '}
        <Link to="/admin/accounts/$id" params={{ id: order.account_id }}>
          {order.account_name ?? order.account_id}
        </Link>
      </p>
      <Dialog isOpen={asked !== undefined} onClose={close} title={asked ? questionWords[asked.about].title : 'Decide'}>
        {asked && <ResolveForm order={order} question={asked} onClose={close} />}
      </Dialog>
    </>
  )
}

type Asking = { readonly order: Order; readonly question: Question }

function Open({ order, question, decide }: Asking & { readonly decide: () => void }) {
  const { reason } = useMay('operate')
  const { button, waits } = questionWords[question.about]
  return (
    <section className="open-question" aria-label={waits}>
      <p>{question.why}</p>
      <Facts facts={figuresOf(order, question)} />
      <div className="page-actions">
        <Button kind="primary" reason={reason} onClick={decide}>
          {button}
        </Button>
      </div>
    </section>
  )
}

const figuresOf = (order: Order, question: Question): readonly (readonly [string, string])[] =>
  question.about === 'refund'
    ? [['To send', usd(question.waiting_usd)]]
    : [
        ['Agreed', agreedText(order)],
        ['Came', cameText(order)],
        ['Waits', waitingText(question)],
      ]

function useDecision({ order, question }: Asking, onClose: () => void) {
  const answers = answersOf(question)
  const first = answers.find(({ reason }) => reason === undefined)
  const [action, setAction] = useState<Answer['value']>(first?.value ?? 'reject')
  const answer = answers.find(({ value }) => value === action)
  const [amountText, setAmountText] = useState('')
  const [note, setNote] = useState('')
  const run = useAction(resolve, { stale: staleByOrder })
  const hasAmount = question.about === 'money' && action !== 'reject'
  const amount = parseUsd(amountText.trim().replace(/^\$/, ''))
  const wrong = hasAmount ? wrongAmount(question, amountText, amount) : undefined
  const path = { id: order.id }
  const body = {
    ...{ about: question.about, action, note: note.trim() },
    ...(hasAmount && amount !== undefined && { amount_usd: toUsdText(amount) }),
  }
  const submit = async () => {
    const outcome = await run.run({ path, body })
    if (!outcome.ok) return
    showToast(answer?.done ?? 'Done.')
    onClose()
  }
  const missing = note.trim() === '' ? 'Say why: the payer and the audit log are told.' : undefined
  const fields = { answers, answer, action, setAction, amountText, setAmountText, note, setNote, hasAmount, wrong }
  return { ...fields, path, body, submit, run, reason: wrong ?? missing }
}

function wrongAmount({ asks_worth: asksWorth, waiting_usd: waiting }: Question, text: string, amount?: bigint) {
  if (text.trim() === '') return asksWorth ? 'Say what the money is worth.' : undefined
  if (amount === undefined || amount <= 0n) return 'An amount is digits such as 5 or 0.50.'
  return amount > (parseUsd(waiting) ?? 0n) ? `At most ${usd(waiting)}.` : undefined
}

function ResolveForm({ order, question, onClose }: Asking & { readonly onClose: () => void }) {
  const draft = useDecision({ order, question }, onClose)
  const { action, answer, answers, path, body, run, amountText, wrong } = draft
  const { asks_worth: asksWorth, waiting_usd: waiting } = question
  return (
    <Form
      submit={answer?.submit ?? 'Decide'}
      onSubmit={() => void draft.submit()}
      onCancel={onClose}
      isBusy={run.isRunning}
      failure={run.failure}
      reason={draft.reason}
    >
      <p>{question.why}</p>
      <Choices label="What is done" value={action} onChange={draft.setAction} choices={answers} />
      {draft.hasAmount && (
        <TextField
          label={asksWorth ? 'Worth in USD' : 'Amount in USD'}
          name="amount_usd"
          optional={!asksWorth}
          inputMode="decimal"
          autoComplete="off"
          value={amountText}
          onChange={draft.setAmountText}
          error={amountText.trim() === '' ? undefined : wrong}
          hint={
            asksWorth
              ? `What ${order.taken ?? 'it'} is worth, before the fee: at most ${usd(waiting)}, which was agreed.`
              : `Empty: all that waits, ${usd(waiting)}.`
          }
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
