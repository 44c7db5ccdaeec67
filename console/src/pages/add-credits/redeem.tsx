import { type ReactElement, useState } from 'react'
import { useAction } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { credits, formatMoney } from '../../lib/money.ts'
import { TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'

const redeem = 'POST /api/v1/accounts/{id}/redemptions'

/** Turns a code into credits. */
export function Redeem(): ReactElement {
  const { account } = useSession()
  const { reason } = useMay('billing')
  const [code, setCode] = useState('')
  const [got, setGot] = useState<string | undefined>()
  const run = useAction(redeem, {
    stale: [
      'GET /api/v1/accounts/{id}',
      'GET /api/v1/accounts/{id}/ledger',
      'GET /api/v1/accounts/{id}/top-ups',
      'GET /api/v1/accounts/{id}/lots',
    ],
  })
  const submit = async () => {
    setGot(undefined)
    const outcome = await run.run({ path: { id: account.id }, body: { code: code.trim() } })
    if (!outcome.ok) return
    setGot(outcome.answer.data.credits)
    setCode('')
  }
  return (
    <div className="redeem">
      <Form
        submit="Redeem"
        onSubmit={() => void submit()}
        isBusy={run.isRunning}
        failure={run.failure}
        reason={reason ?? (code.trim() === '' ? 'Type the code.' : undefined)}
      >
        <TextField
          label="Code"
          name="code"
          mono
          autoComplete="off"
          maxLength={100}
          value={code}
          onChange={setCode}
          hint="As it was given to you; capitals and dashes do not matter."
        />
      </Form>
      <p role="status" className="redeem-got">
        {got !== undefined && `${formatMoney(credits(got), 'credits')} came in. They are in the balance now.`}
      </p>
    </div>
  )
}
