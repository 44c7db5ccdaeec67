import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import type { ApiCall } from '../../ui/code.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Page } from '../../ui/page.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { BuyForm } from './buy-form.tsx'
import { type Options } from './options.ts'
import { PayOrder } from './pay-order.tsx'
import { Redeem } from './redeem.tsx'
import { Referral } from './referral.tsx'
import { type By, Ways } from './ways.tsx'
import './add-credits.css'

const route = getRouteApi('/framed/credits/add')
const read = 'GET /api/v1/payments/options'

/** Buying credits: how much, by which way, what it costs - and the payment itself, until the credits are there. */
export function AddCreditsPage(): ReactElement {
  const { account } = useSession()
  const { payment } = route.useSearch()
  const query = { account_id: account.id }
  const { data, error, refetch } = useApi(read, { query })
  const failure = failureOf(error)
  return (
    <Page title="Add credits" intro={<Intro perUsd={data?.data.credits_per_usd} />}>
      {failure && !data && (
        <FailureNote what="The ways to pay could not be read." failure={failure} retry={() => void refetch()} />
      )}
      {!data && !failure && <Waiting />}
      {data && (payment === undefined ? <Choose options={data.data} /> : <PayOrder id={payment} options={data.data} />)}
      <SameByApi calls={useCalls(payment)} />
    </Page>
  )
}

function Intro({ perUsd }: { readonly perUsd: string | undefined }) {
  const { account } = useSession()
  return (
    <>
      For <strong>{account.name}</strong>. Paid ahead and spent call by call
      {perUsd === undefined ? '' : `; 1 USD is ${Number(perUsd).toLocaleString('en')} credits`}.
    </>
  )
}

/** As high as what comes. */
const Waiting = () => (
  <div className="add-waiting" aria-busy="true">
    <Skeleton width="8rem" />
    <Skeleton width="20rem" />
  </div>
)

/** What is chosen before anybody chooses: a way that is there. */
const firstOf = ({ card, crypto }: Options): By => (card.available ? 'card' : crypto.available ? 'crypto' : 'code')

function Choose({ options }: { readonly options: Options }) {
  const { by = firstOf(options) } = route.useSearch()
  return (
    <>
      {by === 'code' ? (
        <div className="add-fields">
          <Ways by={by} options={options} />
          <Redeem />
        </div>
      ) : (
        <BuyForm by={by} options={options} />
      )}
      <Referral />
    </>
  )
}

function useCalls(payment: string | undefined): readonly ApiCall[] {
  const { account } = useSession()
  const { by, amount = '20' } = route.useSearch()
  const path = { id: account.id }
  if (payment !== undefined)
    return [{ method: 'GET', address: addressOf('GET /api/v1/orders/{id}', { path: { id: payment } }) }]
  if (by === 'code')
    return [
      { method: 'POST', address: `/api/v1/accounts/${account.id}/redemptions`, body: { code: 'CODE' }, does: 'Redeem' },
    ]
  return [
    { method: 'GET', address: addressOf(read, { query: { account_id: account.id } }), does: 'Ways to pay, with fees' },
    {
      method: 'POST',
      address: `/api/v1/accounts/${path.id}/orders`,
      body: { rail: by ?? 'card', amount_usd: amount },
      does: 'Begin a payment',
    },
  ]
}
