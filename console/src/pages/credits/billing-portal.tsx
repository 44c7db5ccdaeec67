import type { ReactElement, ReactNode } from 'react'
import { useAction } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { Button } from '../../ui/button.tsx'
import { showToast } from '../../ui/toast.tsx'

/** The pages of Stripe on which cards and invoices are looked after. */
export function BillingPortal({ children }: { readonly children: ReactNode }): ReactElement {
  const { account } = useSession()
  const { reason } = useMay('billing')
  const open = useAction('POST /api/v1/accounts/{id}/billing-portal')
  const go = async () => {
    const outcome = await open.run({ path: { id: account.id } })
    if (outcome.ok) window.location.assign(outcome.answer.data.url)
    else showToast(outcome.failure.message, 'bad')
  }
  return (
    <Button icon="out" reason={reason} isBusy={open.isRunning} onClick={() => void go()}>
      {children}
    </Button>
  )
}
