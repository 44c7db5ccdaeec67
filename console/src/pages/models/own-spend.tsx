import { type ReactElement, useState } from 'react'
import { failureOf, useApi } from '../../api/query.ts'
import type { AccountChoice } from '../../api/session.ts'
import { formatCount } from '../../lib/numbers.ts'
import { Stat, Stats } from '../../ui/badge.tsx'
import { MoneyBoth } from '../../ui/money.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
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
