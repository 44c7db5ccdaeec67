import { type ReactElement, useState } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useAction, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { credits, formatMoney, sumCredits, toCreditsText } from '../../lib/money.ts'
import { Button } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Form } from '../../ui/form.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'
import { staleByTransfer } from './grant-dialog.tsx'
import { useMovementDraft } from './movement-draft.tsx'

const list = 'GET /api/v1/accounts/{id}/debts'
const forgive = 'POST /api/v1/accounts/{id}/debts/forgive'
type Debt = AnswerOf<typeof list>['data'][number]

const whys: Readonly<Record<Debt['kind'], string>> = {
  refund: 'Refunded',
  dispute: 'Disputed by a bank',
  reversal: 'Undone',
}

const whyNot = (owed: bigint): string | undefined => (owed === 0n ? 'It owes nothing.' : undefined)

/** What an account owes of credits that it spent before their payment was given back, and how it is let off. */
export function Debts({ id }: { readonly id: string }): ReactElement {
  const { reason } = useMay('operate')
  const [isForgiving, setIsForgiving] = useState(false)
  const found = useApi(list, { path: { id } })
  const owed = sumCredits((found.data?.data ?? []).map(({ owed_credits: each }) => credits(each)))
  const close = () => setIsForgiving(false)
  return (
    <Section
      title="What it owes"
      intro="Credits that were spent before their payment was given back. The next credits that come in pay it; until then no call starts."
      actions={
        <Button
          reason={reason ?? (found.data ? whyNot(owed) : 'What it owes is not read yet.')}
          onClick={() => setIsForgiving(true)}
        >
          Forgive
        </Button>
      }
    >
      <Table
        caption="What it owes"
        columns={useColumns()}
        rows={found.data?.data}
        rowId={({ transfer_id: transfer, kind, since }) => `${transfer} ${kind} ${since}`}
        failure={found.error?.failure}
        retry={() => void found.refetch()}
        expectedRows={1}
        empty={<EmptyNote title="It owes nothing" />}
      />
      <Dialog isOpen={isForgiving} onClose={close} title="Forgive what it owes">
        <ForgiveForm id={id} owed={owed} onClose={close} />
      </Dialog>
    </Section>
  )
}

function useColumns(): readonly Column<Debt>[] {
  const zone = useZoneName()
  const [all, left] = [useMoneyHead('To be taken back'), useMoneyHead('Owed')]
  return [
    { id: 'since', head: `Since, ${zone}`, cell: ({ since }) => <Time at={since} /> },
    { id: 'why', head: 'The payment was', cell: ({ kind }) => whys[kind] },
    { id: 'all', head: all, align: 'end', priority: 2, cell: (debt) => <Money bare amount={debt.credits} /> },
    { id: 'owed', head: left, align: 'end', cell: ({ owed_credits: owed }) => <Money bare amount={owed} /> },
  ]
}

type Forgiving = { readonly id: string; readonly owed: bigint; readonly onClose: () => void }

function ForgiveForm({ id, owed, onClose }: Forgiving) {
  const { amount, note, missing, fields } = useMovementDraft({
    ...{ amount: toCreditsText(owed), unit: 'credits', hint: 'The audit log keeps it.' },
  })
  const run = useAction(forgive, { stale: [...staleByTransfer, list] })
  const isTooMuch = amount !== undefined && amount > owed
  const body = { credits: toCreditsText(amount ?? 0n), reason: note.trim() }
  const submit = async () => {
    const outcome = await run.run({ path: { id }, body })
    if (!outcome.ok) return
    showToast(`${formatMoney(amount ?? 0n, 'credits')} forgiven.`)
    onClose()
  }
  return (
    <Form
      submit={amount === undefined ? 'Forgive' : `Forgive ${formatMoney(amount, 'credits')}`}
      danger
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={run.isRunning}
      failure={run.failure}
      reason={isTooMuch ? `It owes ${formatMoney(owed, 'credits')}.` : missing}
    >
      <p>
        {formatMoney(owed, 'credits')} are owed. What is forgiven is yours to bear, and cannot be asked for again. Once
        nothing is owed, calls can start.
      </p>
      {fields}
      <SameByApi calls={[{ method: 'POST', address: addressOf(forgive, { path: { id }, body }), body }]} />
    </Form>
  )
}
