import type { ReactElement } from 'react'
import { orderWords } from '../../lib/order-words.ts'
import { shortTimeline } from '../../lib/order-timeline.ts'
import { Meter } from '../../ui/badge.tsx'
import { CopyText } from '../../ui/code.tsx'
import { Time } from '../../ui/time.tsx'
import type { Order, OrderEvent } from './order.ts'
import './orders.css'

/** What happened to a payment, from its beginning on; the last line is where it stands. */
export function Timeline({ order }: { readonly order: Order }): ReactElement {
  const entries = shortTimeline(order.timeline)
  return (
    <ol className="timeline" aria-label="What happened">
      {entries.map((entry, at) => (
        <li
          key={`${entry.at} ${entry.kind} ${at}`}
          data-tone={at === entries.length - 1 ? orderWords[entry.state].tone : undefined}
          aria-current={at === entries.length - 1 ? 'step' : undefined}
        >
          <p>{entry.words}</p>
          <Confirmations of={entry} />
          <p className="timeline-when">
            <Time at={entry.at} show="day-and-time" />
            <Transaction of={entry} />
          </p>
        </li>
      ))}
    </ol>
  )
}

function Confirmations({ of: { confirmations, confirmations_needed: needed } }: { readonly of: OrderEvent }) {
  if (confirmations === undefined || confirmations === null || !needed) return null
  const counted = Math.min(confirmations, needed)
  return (
    <p className="timeline-confirmations">
      <Meter percent={(counted * 100) / needed} label={`${counted} of ${needed} confirmations`} />
    </p>
  )
}

const shortHash = (hash: string): string => `${hash.slice(0, 8)}…${hash.slice(-6)}`

function Transaction({ of: { tx_hash: hash, explorer_url: url } }: { readonly of: OrderEvent }) {
  if (!hash) return null
  const shown = url ? (
    <a href={url} target="_blank" rel="noreferrer">
      {shortHash(hash)}
    </a>
  ) : (
    shortHash(hash)
  )
  return (
    <>
      {' · transaction '}
      <CopyText text={hash} what="transaction hash" shown={shown} />
    </>
  )
}
