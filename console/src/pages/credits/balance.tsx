import { Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { failureOf, useApi } from '../../api/query.ts'
import { useLiveState } from '../../api/live/live.ts'
import { useSession } from '../../api/session.ts'
import { credits, sumCredits } from '../../lib/money.ts'
import { zonedClock } from '../../lib/time.ts'
import { Stat, Stats } from '../../ui/badge.tsx'
import { Money, MoneyBoth } from '../../ui/money.tsx'
import { useZone } from '../../ui/preferences.ts'
import { FailureNote, Skeleton } from '../../ui/state.tsx'

/** What there is now and what it is the rest of: each figure a sum of ledger lines, and a way to them. */
export function Balance(): ReactElement {
  const { account } = useSession()
  const { data, error, refetch, dataUpdatedAt } = useApi('GET /api/v1/accounts/{id}', { path: { id: account.id } })
  const failure = failureOf(error)
  if (failure && !data)
    return <FailureNote what="The balance could not be read." failure={failure} retry={() => void refetch()} />
  const balance = data?.data.credits
  return (
    <div className="balance-figures">
      <Stats>
        <Stat
          label="Available"
          value={balance ? <MoneyBoth amount={balance.available} /> : <Skeleton />}
          detail={data?.data.frozen ? 'The account is frozen: no call begins.' : 'to spend now'}
        />
        <Stat
          label="On hold"
          value={balance ? <MoneyBoth amount={balance.held} /> : <Skeleton />}
          detail={
            <Link to="/credits" search={{ part: 'holds' }}>
              calls under way
            </Link>
          }
        />
        <Stat
          label="Spent"
          value={balance ? <MoneyBoth amount={balance.spent} /> : <Skeleton />}
          detail={
            <Link to="/credits" search={{ kind: 'usage' }}>
              by calls
            </Link>
          }
        />
        <Stat
          label="Came in"
          value={balance ? <CameInSum of={balance} /> : <Skeleton />}
          detail={
            <Link to="/credits" search={{ part: 'came-in' }}>
              less what was taken back or expired
            </Link>
          }
        />
      </Stats>
      {balance && credits(balance.owed) > 0n && <Owed amount={balance.owed} />}
      <Proof of={balance} readAtMs={dataUpdatedAt} />
    </div>
  )
}

/** Money went back of which the credits were spent. */
const Owed = ({ amount }: { readonly amount: string }) => (
  <p className="balance-owed" role="status">
    <strong>
      <Money amount={amount} /> are owed.
    </strong>{' '}
    A payment was given back after a part of its credits was spent. The next credits that come in pay it; until then no
    call begins. <Link to="/credits/add">Add credits</Link>
  </p>
)

type Amounts = Readonly<Record<'available' | 'held' | 'spent' | 'purchased' | 'granted' | 'earned', string>>

const sources = [
  ['purchased', 'bought'],
  ['granted', 'granted'],
  ['earned', 'earned'],
] as const

/** Those that brought something; where nothing did, what is granted stands for all. */
function sourcesOf(balance: Amounts): readonly (typeof sources)[number][] {
  const some = sources.filter(([name]) => credits(balance[name]) !== 0n)
  return some.length === 0 ? [sources[1]] : some
}

const sumOf = (balance: Amounts) => sumCredits(sources.map(([name]) => credits(balance[name])))

const CameInSum = ({ of: balance }: { readonly of: Amounts }) => <MoneyBoth amount={sumOf(balance)} />

/** The one equation that always holds, in figures: nothing is anywhere else. */
function Proof({ of: balance, readAtMs }: { readonly of: Amounts | undefined; readonly readAtMs: number }) {
  const zone = useZone()
  const state = useLiveState()
  if (!balance) return <p className="soft balance-proof">Reading the balance</p>
  return (
    <p className="soft balance-proof">
      <span>
        {sourcesOf(balance).map(([name, word], at) => (
          <span key={name}>
            {at > 0 && ' + '}
            <Money amount={balance[name]} /> {word}
          </span>
        ))}{' '}
        = <Money amount={balance.available} /> available + <Money amount={balance.held} /> on hold +{' '}
        <Money amount={balance.spent} /> spent
      </span>
      <span>
        As of {zonedClock(new Date(readAtMs), zone)}
        {state === 'live' ? ', live' : state === 'reconnecting' ? '; reconnecting' : ''}
      </span>
    </p>
  )
}
