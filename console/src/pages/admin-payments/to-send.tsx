import { Link } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { tokenText } from '../../lib/token-amount.ts'
import { usd } from '../../parts/orders/order-facts.tsx'
import { Badge, Facts } from '../../ui/badge.tsx'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'
import { showToast } from '../../ui/toast.tsx'

const list = 'GET /api/v1/payments/chain-refunds'
const tell = 'POST /api/v1/payments/chain-refunds/{id}'
const lookMs = 10_000
type ChainRefund = AnswerOf<typeof list>['data'][number]

const columns: readonly Column<ChainRefund>[] = [
  { id: 'at', head: 'Asked for', cell: ({ created_at: at }) => <Ago at={at} /> },
  {
    id: 'state',
    head: 'State',
    cell: ({ state }) =>
      state === 'sent' ? <Badge tone="good">Sent, not final yet</Badge> : <Badge tone="warn">To be sent</Badge>,
  },
  { id: 'chain', head: 'Network', priority: 2, cell: ({ chain_name: name }) => name },
  { id: 'to', head: 'To', priority: 2, cell: ({ to }) => <code>{`${to.slice(0, 8)}…${to.slice(-6)}`}</code> },
  { id: 'usd', head: 'USD', align: 'end', cell: ({ amount_usd: amount }) => usd(amount) },
  { id: 'amount', head: 'Amount', align: 'end', cell: (refund) => amountOf(refund) },
]

const exactOf = ({ token_amount: units, decimals }: ChainRefund) => tokenText(BigInt(units), decimals)
const amountOf = (refund: ChainRefund) => `${exactOf(refund)} ${refund.symbol}`

/** Who made tokens themselves paid from no address. */
const isNobody = (address: string): boolean => /^0x0{40}$/.test(address)

/** Refunds of crypto: the key of a treasury is in no server, so a person sends them. */
export function ToSend(): ReactElement {
  const { data, error, refetch } = useApi(list, {}, { refetchMs: lookMs })
  const [openId, setOpenId] = useState<string | undefined>()
  const open = data?.data.find(({ id }) => id === openId)
  return (
    <div className="admin-part">
      <p className="soft">
        Send each from its treasury, in exactly this amount. Tokens are found on the chain by themselves; of coin, which
        leaves no log, tell the transaction.
      </p>
      <Table
        caption="Refunds to send"
        columns={columns}
        rows={data?.data}
        rowId={({ id }) => id}
        onOpen={({ id }) => setOpenId(id)}
        openLabel={(refund) => `Details of the refund of ${amountOf(refund)}`}
        openId={openId}
        failure={failureOf(error)}
        retry={() => void refetch()}
        expectedRows={1}
        empty={<EmptyNote title="Nothing to send back">Refunds of payments in crypto show up here.</EmptyNote>}
      />
      <Dialog isOpen={open !== undefined} onClose={() => setOpenId(undefined)} title="Send back" shape="wide">
        {open && <Sending refund={open} onClose={() => setOpenId(undefined)} />}
      </Dialog>
      <SameByApi calls={[{ method: 'GET', address: addressOf(list, {}) }]} />
    </div>
  )
}

function Sending({ refund, onClose }: { readonly refund: ChainRefund; readonly onClose: () => void }) {
  const { reason } = useMay('operate')
  const [hash, setHash] = useState(refund.tx_hash ?? '')
  const run = useAction(tell, { stale: [list] })
  const submit = async () => {
    const outcome = await run.run({ path: { id: refund.id }, body: { tx_hash: hash.trim() } })
    if (!outcome.ok) return
    showToast('The transaction is looked for.')
    onClose()
  }
  return (
    <Form
      submit="It was sent by this transaction"
      onSubmit={() => void submit()}
      onCancel={onClose}
      isBusy={run.isRunning}
      failure={run.failure}
      reason={reason ?? (/^0x[\da-f]{64}$/i.test(hash.trim()) ? undefined : 'Give the hash of the transaction.')}
    >
      <p>
        {isNobody(refund.to)
          ? 'The address that paid is not known. Ask the account where the money should go before you send it.'
          : 'It goes to the address that paid. Where that is an exchange’s, ask the account first: what comes from elsewhere may not be given on.'}
      </p>
      <Facts
        facts={[
          ['Network', refund.chain_name],
          ['From', <CopyText key="from" text={refund.from} what="address of the treasury" />],
          ['To', <CopyText key="to" text={refund.to} what="address" />],
          ['Token', refund.token === null ? refund.symbol : <CopyText key="token" text={refund.token} what="token" />],
          ['Amount', <CopyText key="amount" text={exactOf(refund)} what="amount" shown={amountOf(refund)} />],
          [
            'Payment',
            <Link key="payment" to="/admin/payments" search={{ part: 'all', payment: refund.order_id }}>
              {refund.order_id.slice(0, 8)}
            </Link>,
          ],
        ]}
      />
      <TextField
        label="Transaction"
        name="tx_hash"
        mono
        autoComplete="off"
        placeholder="0x"
        value={hash}
        onChange={setHash}
        hint={refund.token === null ? undefined : 'Not needed: a transfer in exactly this amount is found by itself.'}
      />
    </Form>
  )
}
