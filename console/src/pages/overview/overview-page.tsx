import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { zoneId } from '../../lib/range.ts'
import { AsOf } from '../../parts/as-of.tsx'
import { KeyNotices } from '../../parts/key-notices.tsx'
import { SameByApi } from '../../ui/code.tsx'
import { Page } from '../../ui/page.tsx'
import { useZone } from '../../ui/preferences.ts'
import { FailureNote } from '../../ui/state.tsx'
import { Checklist } from './checklist.tsx'
import { LastCalls, lastCallsAddress } from './last-calls.tsx'
import { SpendChart, spendAddress, useSpendQuery } from './spend-chart.tsx'
import { Tiles, type Told } from './tiles.tsx'
import { UnderWay, useHolds } from './under-way.tsx'
import './overview.css'

const stepsMs = 4_000

/** How the account stands now. */
export function OverviewPage(): ReactElement {
  const { account } = useSession()
  const query = { account_id: account.id, zone: zoneId(useZone()) }
  const spend = useSpendQuery()
  const { data: holds } = useHolds()
  // While there are steps to tick off, what is done elsewhere is looked for; afterwards events tell of everything.
  const { data, error, dataUpdatedAt, refetch } = useApi(
    'GET /api/v1/overview',
    { query },
    { refetchMs: stepsMs, refetchWhile: hasSteps, keepPrevious: true },
  )
  const told = data?.data
  const { hasCredits, hasCalls } = begun(told)
  return (
    <Page title="Overview" intro={`How ${account.name} stands now.`}>
      <KeyNotices />
      {told && hasSteps({ data: told }) && <Checklist steps={told.checklist.steps} />}
      {error && !told ? (
        <FailureNote what="The figures could not be read." failure={error.failure} retry={() => void refetch()} />
      ) : (
        (hasCredits || hasCalls) && (
          <div className="overview-tiles">
            <Tiles told={told} callsUnderWay={holds?.total.holds} />
            <AsOf readAtMs={dataUpdatedAt} />
          </div>
        )
      )}
      {hasCalls && <SpendChart />}
      <LastCalls />
      <UnderWay />
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf('GET /api/v1/overview', { query }), does: 'The figures' },
          { method: 'GET', address: spendAddress(spend), does: 'The chart' },
          { method: 'GET', address: lastCallsAddress(account.id), does: 'The last calls' },
          { method: 'GET', address: `/api/v1/accounts/${account.id}/holds`, does: 'The calls under way' },
          { method: 'GET', address: `/api/v1/events?account_id=${account.id}`, does: 'What happens, as it happens' },
        ]}
      />
    </Page>
  )
}

/** What there is to tell: of a new account neither figures nor a chart say anything beside its first steps. */
function begun(told: Told | undefined) {
  const isDone = (step: Told['checklist']['steps'][number]['id']) =>
    told === undefined || told.checklist.done || told.checklist.steps.some(({ id, done }) => id === step && done)
  return { hasCredits: isDone('add_credits'), hasCalls: isDone('first_call') }
}

const hasSteps = ({ data }: { readonly data: Told }) => !data.checklist.done
