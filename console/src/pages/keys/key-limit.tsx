import type { ReactElement } from 'react'
import { credits, exactMoney, formatMoney, percentOf } from '../../lib/money.ts'
import { Meter } from '../../ui/badge.tsx'
import { Money } from '../../ui/money.tsx'
import { usePreference } from '../../ui/preferences.ts'
import type { Key } from './key-status.ts'

const windowWords = { total: 'in total', day: 'today', week: 'this week', month: 'this month' } as const

/** Spent and on hold of a key's limit, and what is available. */
export function KeyLimit({ of: key }: { readonly of: Key }): ReactElement {
  const unit = usePreference('unit')
  const spent = credits(key.window_spent_credits)
  const held = credits(key.window_held_credits)
  if (key.limit_credits === null || key.limit_left_credits === null)
    return (
      <span className="key-limit">
        <span>
          <Money amount={spent} /> <span className="soft">{windowWords[key.limit_window]}, no limit</span>
        </span>
        {held > 0n && (
          <span className="soft">
            <Money amount={held} /> on hold
          </span>
        )}
      </span>
    )
  const limit = credits(key.limit_credits)
  const left = credits(key.limit_left_credits)
  return (
    <span className="key-limit">
      <span>
        <Money amount={spent} />{' '}
        <span className="soft">
          of <Money amount={limit} /> {windowWords[key.limit_window]}
        </span>
      </span>
      <Meter
        percent={percentOf(spent, limit)}
        asidePercent={percentOf(held, limit)}
        tone={toneOf(percentOf(spent + held, limit))}
        label={`${formatMoney(spent, unit)} spent, ${formatMoney(held, unit)} on hold, ${formatMoney(left, unit)} available of ${exactMoney(limit)}`}
      />
      <span className="soft">
        <Money amount={left} /> available
        {held > 0n && (
          <>
            , <Money amount={held} /> on hold
          </>
        )}
      </span>
    </span>
  )
}

const toneOf = (percent: number) => (percent >= 100 ? 'bad' : percent >= 80 ? 'warn' : 'neutral')
