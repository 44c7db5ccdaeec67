import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import { ButtonLink } from '../../ui/button.tsx'
import { type ApiCall, SameByApi } from '../../ui/code.tsx'
import { Page } from '../../ui/page.tsx'
import { useZone } from '../../ui/preferences.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { useNow } from '../../ui/time.tsx'
import { AutoTopUp } from './auto-top-up.tsx'
import { Balance } from './balance.tsx'
import { CameIn } from './came-in.tsx'
import { Holds } from './holds.tsx'
import { ledgerQuery, Ledger } from './ledger.tsx'
import { Lots } from './lots.tsx'
import { LowBalance } from '../../parts/low-balance.tsx'
import { Payments } from './payments.tsx'
import { Statements } from './statements.tsx'
import './credits.css'

const route = getRouteApi('/framed/credits')

const tabs = [
  { id: 'ledger', label: 'Ledger' },
  { id: 'holds', label: 'On hold' },
  { id: 'lots', label: 'Lots' },
  { id: 'came-in', label: 'What came in' },
  { id: 'payments', label: 'Payments' },
  { id: 'auto-top-up', label: 'Auto top-up' },
  { id: 'statements', label: 'Statements' },
] as const

type PartName = (typeof tabs)[number]['id']

const parts = {
  ledger: Ledger,
  holds: Holds,
  lots: Lots,
  'came-in': CameIn,
  payments: Payments,
  'auto-top-up': AutoTopUp,
  statements: Statements,
} as const

/** My Credits: what there is, what it is made of, and every movement that made it so. */
export function CreditsPage(): ReactElement {
  const { account } = useSession()
  const { part = 'ledger' } = route.useSearch()
  const navigate = route.useNavigate()
  const Part = parts[part]
  const choose = (id: string) => {
    const chosen = tabs.find((tab) => tab.id === id)?.id
    void navigate({ search: { part: chosen === 'ledger' ? undefined : chosen }, resetScroll: false })
  }
  return (
    <Page
      title="Credits"
      intro={`Paid ahead, spent call by call: no call of ${account.name} costs more than there is.`}
      actions={
        <>
          <LowBalance />
          <ButtonLink to="/credits/add" kind="primary" icon="plus">
            Add credits
          </ButtonLink>
        </>
      }
    >
      <Balance />
      <Tabs label="Credits" tabs={tabs} value={part} onChange={choose}>
        <Part />
      </Tabs>
      <SameByApi calls={useCalls(part)} />
    </Page>
  )
}

/** The exact calls behind what is seen. */
function useCalls(part: PartName): readonly ApiCall[] {
  const { account } = useSession()
  const query = ledgerQuery(route.useSearch(), useNow(), useZone())
  const path = { id: account.id }
  const shown: Readonly<Record<PartName, ApiCall>> = {
    ledger: {
      method: 'GET',
      address: addressOf('GET /api/v1/accounts/{id}/ledger', { path, query }),
      does: 'The ledger, page by page',
    },
    holds: { method: 'GET', address: addressOf('GET /api/v1/accounts/{id}/holds', { path }), does: 'What is on hold' },
    lots: { method: 'GET', address: addressOf('GET /api/v1/accounts/{id}/lots', { path }), does: 'The lots' },
    'came-in': {
      method: 'GET',
      address: addressOf('GET /api/v1/accounts/{id}/top-ups', { path }),
      does: 'What came in',
    },
    payments: {
      method: 'GET',
      address: addressOf('GET /api/v1/accounts/{id}/orders', { path }),
      does: 'Payments',
    },
    'auto-top-up': {
      method: 'GET',
      address: addressOf('GET /api/v1/accounts/{id}/auto-top-up', { path }),
      does: 'The auto top-up',
    },
    statements: {
      method: 'GET',
      address: addressOf('GET /api/v1/accounts/{id}/statements', { path }),
      does: 'The months that have a statement',
    },
  }
  const balance = {
    method: 'GET',
    address: addressOf('GET /api/v1/accounts/{id}', { path }),
    does: 'The balance',
  } as const
  return [balance, shown[part]]
}
