import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { failureOf, useApi, useApiPages } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { AdminPage } from '../../parts/admin.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { FilterBar, FilterSelect, FilterText } from '../../ui/filter-bar.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote, FailureNote, Skeleton } from '../../ui/state.tsx'
import { useNow } from '../../ui/time.tsx'
import { CurrentPrices } from './current-prices.tsx'
import { PriceForm } from './price-form.tsx'
import { PriceHistory } from './price-history.tsx'
import { classPrices, placePrices } from './timeline.ts'
import './admin-prices.css'

/** What a model costs, cost and will cost; a new price is seen before it is set. */
export function AdminPricesPage(): ReactElement {
  const { account } = useSession()
  const search = useSearch({ from: '/framed/admin/prices' })
  const navigate = useNavigate({ from: '/admin/prices' })
  const change = (changed: typeof search) => void navigate({ search: (before) => ({ ...before, ...changed }) })
  const { data, error, refetch } = useApi('GET /api/v1/catalog', {}, { enabled: account.kind === 'operator' })
  const failure = failureOf(error)
  const model = data?.data.find(({ id }) => id === search.model)
  const unpriced = data?.data.filter(({ state }) => state === 'unpriced') ?? []
  return (
    <AdminPage
      title="Prices"
      intro="Prices never change: a new one takes over at its time, and calls under way keep the one they began with."
    >
      <FilterBar>
        <FilterText
          label="Model"
          value={search.model}
          onChange={(id) => change({ model: id, offer: undefined })}
          suggestions={data?.data.map(({ id }) => id) ?? []}
          width="20rem"
        />
        {model && model.offers.length > 0 && (
          <FilterSelect
            label="Price of"
            any="The model, at all offers"
            value={search.offer}
            onChange={(offer) => change({ offer })}
            options={model.offers.map((offer) => ({ value: offer.id, label: `Only through ${offer.provider_name}` }))}
          />
        )}
      </FilterBar>
      {failure && !data && (
        <FailureNote failure={failure} what="The catalog could not be read." retry={() => void refetch()} />
      )}
      {!failure && !data && <Skeleton width="20rem" />}
      {data && !model && <ChooseModel asked={search.model} unpriced={unpriced.map(({ id }) => id)} />}
      {model && <ModelPrices key={`${model.id} ${search.offer}`} model={model} offerId={search.offer} />}
    </AdminPage>
  )
}

const unpricedMost = 12

function ChooseModel({
  asked,
  unpriced,
}: {
  readonly asked: string | undefined
  readonly unpriced: readonly string[]
}) {
  return (
    <EmptyNote title={asked === undefined ? 'Choose a model' : `There is no model ${asked}`}>
      {unpriced.length === 0 ? (
        <p>Every model that is offered has a price.</p>
      ) : (
        <>
          <p>These are offered but have no price, so calls of them are refused:</p>
          <ul className="unpriced">
            {unpriced.slice(0, unpricedMost).map((id) => (
              <li key={id}>
                <ButtonLink size="small" to="/admin/prices" search={{ model: id }}>
                  {id}
                </ButtonLink>
              </li>
            ))}
          </ul>
          {unpriced.length > unpricedMost && (
            <ButtonLink size="small" to="/admin/models" search={{ state: 'unpriced' }}>
              {`All ${unpriced.length}`}
            </ButtonLink>
          )}
        </>
      )}
    </EmptyNote>
  )
}

type Model = NonNullable<Parameters<typeof PriceForm>[0]['model']>

function ModelPrices({ model, offerId }: { readonly model: Model; readonly offerId: string | undefined }) {
  const pages = useApiPages('GET /api/v1/prices', { query: { model_id: model.id, limit: 200 } })
  const now = useNow()
  if (pages.failure && !pages.entries)
    return <FailureNote failure={pages.failure} what="The prices could not be read." retry={pages.retry} />
  if (!pages.entries) return <Skeleton width="20rem" />
  const nowMs = now.getTime()
  const classes = classPrices(pages.entries, offerId, nowMs)
  const ids = model.offers.map(({ id }) => id)
  const places = placePrices(pages.entries, ids, nowMs).filter(
    (each) => offerId === undefined || each.offerId === offerId,
  )
  const nameOf = (id: string) => model.offers.find((offer) => offer.id === id)?.provider_name ?? 'an offer that is gone'
  return (
    <>
      <Section title="Now and to come">
        <CurrentPrices prices={places} isOfOffer={offerId !== undefined} nameOf={nameOf} />
      </Section>
      <Section title="New prices" intro="Type those that change. They are previewed before they are set.">
        <PriceForm model={model} offerId={offerId} classes={classes} />
      </Section>
      <Section title="All prices there ever were">
        <PriceHistory pages={pages} nameOf={nameOf} />
      </Section>
      <SameByApi
        calls={[
          { method: 'GET', address: `/api/v1/prices?model_id=${encodeURIComponent(model.id)}`, does: 'All its prices' },
          {
            method: 'POST',
            address: '/api/v1/prices/preview',
            body: { model_id: model.id, offer_id: offerId, prices: { input: '0.15', output: '0.6' } },
            does: 'Preview new prices',
          },
          {
            method: 'POST',
            address: '/api/v1/prices',
            body: { model_id: model.id, offer_id: offerId, class: 'input', usd_per_million: '0.15' },
            does: 'Set one',
          },
        ]}
      />
    </>
  )
}
