import { getRouteApi, Link } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useApi, useApiPages } from '../../api/query.ts'
import { useMay, useSession } from '../../api/session.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { Stat, Stats } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Money, useMoneyHead } from '../../ui/money.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote, FailureNote, Skeleton } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'
import { AccountSettings } from './account-settings.tsx'
import { AccountState } from './accounts-page.tsx'
import { Debts } from './debts.tsx'
import { GrantDialog } from './grant-dialog.tsx'
import { type Lot, TakeBackDialog } from './take-back-dialog.tsx'

const route = getRouteApi('/framed/admin/accounts/$id')
const one = 'GET /api/v1/accounts/{id}'
const lots = 'GET /api/v1/accounts/{id}/lots'
const ledger = 'GET /api/v1/accounts/{id}/ledger'
type Movement = AnswerOf<typeof ledger>['data'][number]

/** One customer as the operator sees it: what it has, where that came from, and what may be done for it. */
export function AdminAccountPage(): ReactElement {
  const { id } = route.useParams()
  const { account: acting } = useSession()
  const { reason } = useMay('operate')
  const [isGranting, setIsGranting] = useState(false)
  const isOperator = acting.kind === 'operator'
  const found = useApi(one, { path: { id } }, { enabled: isOperator })
  const account = found.data?.data
  const path = { id }
  return (
    <AdminPage
      title={account?.name ?? 'Account'}
      intro={
        <>
          <Link to="/admin/accounts">All accounts</Link> · {account && <AccountState account={account} />}
        </>
      }
      actions={
        <Button kind="primary" icon="plus" reason={reason} onClick={() => setIsGranting(true)}>
          Grant credits
        </Button>
      }
    >
      {found.error && !account ? (
        <FailureNote
          what="The account could not be read."
          failure={found.error.failure}
          retry={() => void found.refetch()}
        />
      ) : (
        <>
          <Balance account={account} />
          <p className="soft">
            Id <CopyText text={id} what="account id" />
          </p>
          {account && account.credits.owed !== '0' && <Debts id={id} />}
          <Lots id={id} />
          <Movements id={id} />
          {account && <AccountSettings account={account} />}
        </>
      )}
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(one, { path }), does: 'The account and its balance' },
          { method: 'GET', address: addressOf(lots, { path }), does: 'What came in, and what is left of it' },
          { method: 'GET', address: addressOf(ledger, { path }), does: 'Its movements' },
          {
            method: 'POST',
            address: addressOf('POST /api/v1/accounts/{id}/grants', { path, body: { credits: '', reason: '' } }),
            body: { credits: '1000000', reason: 'welcome' },
            does: 'Grant credits',
          },
        ]}
      />
      {account && <GrantDialog account={account} isOpen={isGranting} onClose={() => setIsGranting(false)} />}
    </AdminPage>
  )
}

function Balance({ account }: { readonly account: AnswerOf<typeof one>['data'] | undefined }) {
  const amount = (name: keyof NonNullable<typeof account>['credits']) =>
    account ? <Money amount={account.credits[name]} /> : <Skeleton />
  return (
    <Stats>
      <Stat label="Available" value={amount('available')} />
      <Stat label="On hold" value={amount('held')} />
      <Stat label="Spent" value={amount('spent')} />
      <Stat label="Granted" value={amount('granted')} />
      <Stat label="Bought" value={amount('purchased')} />
      {account && account.credits.owed !== '0' && <Stat label="Owed" value={amount('owed')} />}
    </Stats>
  )
}

function useLotColumns(takeBack: (lot: Lot) => void): readonly Column<Lot>[] {
  const zone = useZoneName()
  const { reason } = useMay('operate')
  const [all, left] = [useMoneyHead('Brought'), useMoneyHead('Left')]
  return [
    { id: 'kind', head: 'Kind', cell: ({ kind }) => kindWords[kind] },
    { id: 'at', head: `Came in, ${zone}`, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      id: 'expires',
      head: 'Expires',
      priority: 2,
      cell: ({ expires_at: at }) => (at ? <Time at={at} /> : <span className="soft">never</span>),
    },
    { id: 'credits', head: all, align: 'end', cell: ({ credits }) => <Money bare amount={credits} /> },
    { id: 'left', head: left, align: 'end', cell: (lot) => <Money bare amount={lot.credits_left} /> },
    {
      id: 'act',
      head: 'Actions',
      align: 'end',
      cell: (lot) => (
        <Button kind="quiet" size="small" reason={reason ?? whyNotTaken(lot)} onClick={() => takeBack(lot)}>
          Take back
        </Button>
      ),
    },
  ]
}

function Lots({ id }: { readonly id: string }) {
  const [taking, setTaking] = useState<Lot | undefined>()
  const found = useApi(lots, { path: { id } })
  return (
    <Section title="Credits that came in" intro="Those that expire first are spent first, then the oldest.">
      <Table
        caption="Credits that came in"
        columns={useLotColumns(setTaking)}
        rows={found.data?.data}
        rowId={(lot) => lot.id}
        failure={found.error?.failure}
        retry={() => void found.refetch()}
        expectedRows={2}
        empty={<EmptyNote title="Nothing came in yet">Grant credits, and calls can be made.</EmptyNote>}
      />
      <TakeBackDialog accountId={id} lot={taking} onClose={() => setTaking(undefined)} />
    </Section>
  )
}

const kindWords = { purchased: 'Bought', granted: 'Granted', earned: 'Earned' } as const

const whyNotTaken = ({ kind, credits_left: left }: Lot): string | undefined => {
  if (kind !== 'granted') return 'Only granted credits can be taken back.'
  return left === '0' ? 'Nothing is left of them.' : undefined
}

function useMovementColumns(): readonly Column<Movement>[] {
  const zone = useZoneName()
  const [amount, after] = [useMoneyHead('Amount'), useMoneyHead('Balance after')]
  return [
    { id: 'at', head: `Time, ${zone}`, cell: ({ at }) => <Time at={at} /> },
    { id: 'kind', head: 'Kind', cell: ({ kind }) => kind },
    { id: 'note', head: 'What for', priority: 2, cell: ({ note, reference }) => note ?? <code>{reference}</code> },
    { id: 'amount', head: amount, align: 'end', cell: ({ credits }) => <Money bare sign amount={credits} /> },
    { id: 'after', head: after, align: 'end', cell: (row) => <Money bare amount={row.balance_after} /> },
  ]
}

function Movements({ id }: { readonly id: string }) {
  const found = useApiPages(ledger, { path: { id } })
  return (
    <Section title="Ledger">
      <Table
        caption="Movements"
        columns={useMovementColumns()}
        rows={found.entries}
        rowId={({ sequence }) => sequence}
        failure={found.failure}
        retry={found.retry}
        hasMore={found.hasMore}
        loadMore={found.loadMore}
        isLoadingMore={found.isLoadingMore}
        empty={<EmptyNote title="No movement yet" />}
      />
    </Section>
  )
}
