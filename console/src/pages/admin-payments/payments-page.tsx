import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { useSession } from '../../api/session.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { OrderSheet } from '../../parts/orders/order-sheet.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { Codes } from './codes.tsx'
import { OrderList } from './order-list.tsx'
import { Reconciliation } from './reconciliation.tsx'
import { Resolve } from './resolve.tsx'
import { ToSend } from './to-send.tsx'
import './admin-payments.css'

const route = getRouteApi('/framed/admin/payments')

const tabs = [
  { id: 'review', label: 'To review' },
  { id: 'all', label: 'All payments' },
  { id: 'to-send', label: 'To send back' },
  { id: 'codes', label: 'Codes' },
  { id: 'reconciliation', label: 'Reconciliation' },
] as const

/** Payments of all accounts: those that a person has to decide on first. */
export function AdminPaymentsPage(): ReactElement {
  const { account } = useSession()
  const { part = 'review', payment } = route.useSearch()
  const navigate = route.useNavigate()
  const choose = (id: string) => {
    const chosen = tabs.find((tab) => tab.id === id)?.id
    void navigate({ search: { part: chosen === 'review' ? undefined : chosen }, resetScroll: false })
  }
  const close = () => void navigate({ search: ({ payment: _payment, ...rest }) => rest, resetScroll: false })
  return (
    <AdminPage
      title="Payments"
      intro="Money that is not what was agreed waits here for a decision. Of too much, what was agreed is credited at once; everything else stays as it is until you decide."
    >
      {account.kind === 'operator' && (
        <>
          <Tabs label="Payments" tabs={tabs} value={part} onChange={choose}>
            {part === 'to-send' && <ToSend />}
            {part === 'codes' && <Codes />}
            {part === 'reconciliation' && <Reconciliation />}
            {(part === 'review' || part === 'all') && <OrderList key={part} part={part} />}
          </Tabs>
          <OrderSheet id={payment} onClose={close} actions={Resolve} />
        </>
      )}
    </AdminPage>
  )
}
