import type { ReactElement, ReactNode } from 'react'
import { className } from '../../lib/call-words.ts'
import type { Call } from '../call-type.ts'
import { credits, group, toUsdText } from '../../lib/money.ts'
import { formatCount } from '../../lib/numbers.ts'
import { Facts } from '../../ui/badge.tsx'
import { Money, MoneyBoth } from '../../ui/money.tsx'

type Fact = readonly [string, ReactNode]

/** What the call cost, line by line, to the last digit: the lines, their sum, the rounding, and what was charged. */
export function Receipt({ call }: { readonly call: Call }): ReactElement {
  if (call.state === 'running') {
    return (
      <Facts
        facts={[
          ['Held so far', <MoneyBoth key="held" amount={call.held_credits} />],
          ['Charged', 'nothing yet: the receipt is written when the call ends'],
        ]}
      />
    )
  }
  if (call.bill.length > 0) {
    return (
      <>
        <Lines call={call} />
        <Facts facts={[['In USD', `$${toUsdText(credits(call.credits))}`], ...moneyFacts(call), ...usageFacts(call)]} />
      </>
    )
  }
  return (
    <>
      <p className="soft">
        {call.cached ? 'An answer from the cache costs nothing.' : 'Nothing was delivered, so nothing was charged.'}
      </p>
      <Facts facts={moneyFacts(call)} />
    </>
  )
}

/** The price per million is in credits, one column on: narrow windows leave this column out. */
const spared = 'number receipt-spared'

const heads = [
  ['Units', 'number'],
  ['USD per million', spared],
  ['Credits each', 'number'],
  ['Credits', 'number'],
] as const

function Lines({ call }: { readonly call: Call }) {
  const { exact_credits: exact, rounding_credits: rounding, cost_credits: cost } = call.bill_total
  return (
    // It scrolls in narrow windows, so the keyboard must reach it.
    <div className="receipt" role="region" aria-label="Receipt, line by line" tabIndex={0}>
      <table>
        <caption className="hidden-text">What the call cost, in credits</caption>
        <thead>
          <tr>
            <th scope="col">Kind</th>
            {heads.map(([head, kind]) => (
              <th key={head} scope="col" className={kind}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {call.bill.map((line) => (
            <tr key={line.class}>
              <th scope="row">{className(line.class)}</th>
              <td className="number">{formatCount(line.units)}</td>
              <td className={spared} title={`Price ${line.price_id}`}>
                {line.usd_per_million}
              </td>
              <td className="number">{group(line.credits_per_unit)}</td>
              <td className="number">{group(line.line_credits)}</td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <SumRow label="Sum" value={exact} />
          <SumRow label="Rounding up" title="Once for each call, to a nano-dollar: 0.002 credits" value={rounding} />
          <SumRow label={cost === call.credits ? 'Charged' : 'Cost'} value={cost} />
          {cost !== call.credits && <SumRow label="Charged" value={call.credits} />}
        </tfoot>
      </table>
    </div>
  )
}

const SumRow = ({
  label,
  value,
  title,
}: {
  readonly label: string
  readonly value: string
  readonly title?: string
}) => (
  <tr data-sum={label}>
    <th scope="row" colSpan={2} title={title}>
      {label}
    </th>
    <td className={spared} aria-hidden="true" />
    <td className="number" colSpan={2}>
      {group(value)}
    </td>
  </tr>
)

function moneyFacts(call: Call): readonly Fact[] {
  const released = credits(call.held_credits) - credits(call.credits)
  const shortfall = credits(call.shortfall_credits)
  const held = (
    <>
      <Money amount={call.held_credits} />
      {released > 0n && (
        <span className="soft">
          , of which <Money amount={released} /> went back
        </span>
      )}
    </>
  )
  return [
    ['Held for it', held],
    ...(shortfall > 0n ? [['Could not be paid', <Money key="short" amount={shortfall} />] as const] : []),
    ...money('Balance after it', call.balance_after_credits),
    ...money('Billed to your own key', call.upstream_inference_credits),
  ]
}

const money = (name: string, amount: string | null): readonly Fact[] =>
  amount === null ? [] : [[name, <Money key={name} amount={amount} />]]

function usageFacts({ bill_total: { cache_saved_credits: saved }, usage_source: source }: Call): readonly Fact[] {
  const hasSaved = saved !== null && /[1-9]/.test(saved)
  return [
    ...(hasSaved ? [['Saved by cached input', `${group(saved)} credits`] as const] : []),
    ['Counted by', sources[source]],
  ]
}

const sources = {
  provider: 'the provider, in its answer',
  counted: 'the gateway, on what was delivered',
  none: 'nobody: nothing was delivered',
} as const satisfies Record<Call['usage_source'], string>
