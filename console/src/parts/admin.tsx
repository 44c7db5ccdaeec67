import { useQueryClient } from '@tanstack/react-query'
import type { ReactElement, ReactNode } from 'react'
import { chooseAccount, useSession } from '../api/session.ts'
import { Button } from '../ui/button.tsx'
import { Page } from '../ui/page.tsx'
import { EmptyNote } from '../ui/state.tsx'
import { type Room, Rooms } from './rooms.tsx'

/** The parts of Admin, in the order in which they are listed. */
const rooms: readonly Room[] = [
  { to: '/admin/accounts', label: 'Accounts' },
  { to: '/admin/payments', label: 'Payments' },
  { to: '/admin/providers', label: 'Providers' },
  { to: '/admin/models', label: 'Models and offers' },
  { to: '/admin/prices', label: 'Prices' },
  { to: '/admin/reconciliation', label: 'Reconciliation' },
  { to: '/admin/jobs', label: 'Jobs' },
]

type AdminPageProps = {
  readonly title: string
  readonly intro?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A page of Admin under the list of all of them; shown to those who act for the operator's account. */
export function AdminPage({ title, intro, actions, children }: AdminPageProps): ReactElement {
  const { account } = useSession()
  if (account.kind !== 'operator') return <ForTheOperator title={title} />
  return (
    <Page title={title} intro={intro} actions={actions}>
      <Rooms label="Admin" rooms={rooms} />
      {children}
    </Page>
  )
}

function ForTheOperator({ title }: { readonly title: string }) {
  const { session, account } = useSession()
  const queries = useQueryClient()
  const own = session.accounts.find(({ kind }) => kind === 'operator')
  return (
    <Page title={title}>
      <EmptyNote
        title="This page is the operator's"
        action={
          own && (
            <Button kind="primary" onClick={() => chooseAccount(queries, session, own.id)}>
              Act for {own.name}
            </Button>
          )
        }
      >
        <p>
          You act for {account.name} now.{own ? '' : " You are no member of the operator's account."}
        </p>
      </EmptyNote>
    </Page>
  )
}
