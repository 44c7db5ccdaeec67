import { type ReactElement, useState } from 'react'
import { failureOf, useApi } from '../../api/query.ts'
import type { AccountChoice } from '../../api/session.ts'
import { formatCount, formatShare } from '../../lib/numbers.ts'
import { priceClasses } from '../../lib/price.ts'
import { Stat, Stats } from '../../ui/badge.tsx'
import { Money, MoneyBoth } from '../../ui/money.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import type { ListedModel } from '../../parts/listed-model.ts'
import { SheetPart } from './sheet-part.tsx'

const dayMs = 86_400_000

type Props = { readonly model: ListedModel; readonly account: AccountChoice }

/** What the account spent on a model in the last 30 days. */
export function OwnSpend({ model, account }: Props): ReactElement {
  // Whole days, so that every sheet asks the same and is answered from memory.
  const [from] = useState(() => new Date(Math.floor(Date.now() / dayMs) * dayMs - 30 * dayMs).toISOString())
  const { data, error, refetch } = useApi('GET /api/v1/usage', {
    query: { group_by: 'model', account_id: account.id, from },
  })
  const failure = failureOf(error)
  const used = data?.data.find((each) => each.model === model.id)
  return (
    <SheetPart title={`${account.name}: the last 30 days`}>
      {failure && !data && (
        <FailureNote failure={failure} what="The spend could not be read." retry={() => void refetch()} />
      )}
      {!failure && !data && <Skeleton width="10rem" />}
      {data && !used && <p className="soft">No call was answered by this model.</p>}
      {used && (
        <Stats>
          <Stat label="Spent" value={<MoneyBoth amount={used.credits} />} />
          <Stat label="Calls" value={formatCount(used.calls)} />
          <Stat label="Tokens in" value={formatCount(tokensIn(used.units))} />
          <Stat label="Tokens out" value={formatCount((used.units.output ?? 0) + (used.units.reasoning ?? 0))} />
        </Stats>
      )}
    </SheetPart>
  )
}

const tokensIn = (units: {
  input?: number | undefined
  cached_input?: number | undefined
  cache_write?: number | undefined
}) => (units.input ?? 0) + (units.cached_input ?? 0) + (units.cache_write ?? 0)

/** What the use of last month would have cost on this model, beside what it did cost. */
export function WhatIf({ model, account }: Props): ReactElement {
  const { data, error, refetch } = useApi('GET /api/v1/usage/what-if', {
    query: { model_id: model.id, account_id: account.id },
  })
  const failure = failureOf(error)
  const [on] = data?.data.what_if ?? []
  return (
    <SheetPart title="What last month would have cost on this model">
      {failure && !data && (
        <FailureNote failure={failure} what="Last month could not be read." retry={() => void refetch()} />
      )}
      {!failure && !data && <Skeleton width="10rem" />}
      {data && data.data.actual.calls === 0 && (
        <p className="soft">
          {account.name} called nothing between <Time at={data.data.from} show="day" /> and{' '}
          <Time at={data.data.to} show="day" />.
        </p>
      )}
      {data && data.data.actual.calls > 0 && on && (
        <>
          <Stats>
            <Stat
              label="It was charged"
              value={<Money amount={data.data.actual.credits} />}
              detail={`${formatCount(data.data.actual.calls)} calls`}
            />
            <Stat
              label="On this model"
              value={<Money amount={on.credits} />}
              detail={on.change === null ? undefined : changeWords(on.change)}
            />
          </Stats>
          <p className="soft">
            The tokens that were used, at today's prices of this model. Its tokenizer may count others, so take it as an
            estimate.
            {on.unpriced.length > 0 &&
              ` Not in it, for want of a price: ${on.unpriced.map(({ class: name }) => priceClasses[name].label.toLowerCase()).join(', ')}.`}
          </p>
        </>
      )}
    </SheetPart>
  )
}

const changeWords = (change: number): string =>
  change === 0 ? 'the same' : `${formatShare(Math.abs(change))} ${change < 0 ? 'less' : 'more'}`
