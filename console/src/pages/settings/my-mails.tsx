import type { ReactElement } from 'react'
import { useAction, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { CheckField } from '../../ui/fields.tsx'
import { Section } from '../../ui/page.tsx'
import { showToast } from '../../ui/toast.tsx'

const get = 'GET /api/v1/me/mails'
const patch = 'PATCH /api/v1/me/mails'

/** Which mails about this account the person gets; nothing for whoever does not look after its payments. */
export function MyMails(): ReactElement | undefined {
  const { account } = useSession()
  const { data } = useApi(get, {})
  const save = useAction(patch, { stale: [get] })
  const wishes = data?.data.find(({ account_id: id }) => id === account.id)
  if (!wishes) return undefined
  const change = async (wanted: { readonly low_balance?: boolean; readonly payment_problem?: boolean }) => {
    const outcome = await save.run({ body: { account_id: account.id, ...wanted } })
    showToast(outcome.ok ? 'Kept.' : `Nothing was changed: ${outcome.failure.message}`)
  }
  return (
    <Section title="Mails to you" intro="About this account, to your proven mailbox, where this server sends mails.">
      <CheckField
        label="The balance falls below its alert"
        checked={wishes.low_balance}
        onChange={(wanted) => void change({ low_balance: wanted })}
      />
      <CheckField
        label="Something is wrong with a payment"
        hint="A refund that came to nothing, a dispute, automatic top-ups that stopped."
        checked={wishes.payment_problem}
        onChange={(wanted) => void change({ payment_problem: wanted })}
      />
    </Section>
  )
}
