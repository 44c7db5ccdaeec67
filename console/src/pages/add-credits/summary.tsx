import type { ReactElement, ReactNode } from 'react'
import { feeWords, type FeeTerms } from '../../lib/fees.ts'
import { formatMoney, formatUsd } from '../../lib/money.ts'
import type { Priced } from './order-draft.ts'

/** What will be paid and what for, before anything is. */
export function Summary({
  priced,
  terms,
  children,
}: {
  readonly priced: Priced
  readonly terms: FeeTerms
  /** What happens next, and who sees what. */
  readonly children: ReactNode
}): ReactElement {
  const words = feeWords(terms)
  const shown = priced.kind === 'priced' ? priced : undefined
  return (
    <section className="pay-summary" aria-label="What you pay">
      <dl aria-live="polite">
        <div>
          <dt>Credits</dt>
          <dd>{shown ? formatUsd(shown.amount) : '-'}</dd>
        </div>
        <div>
          <dt>
            Fee
            <span className="soft">{words === undefined ? 'none' : words}</span>
          </dt>
          <dd>{shown ? formatUsd(shown.fee) : '-'}</dd>
        </div>
        <div className="pay-total">
          <dt>You pay</dt>
          <dd>{shown ? formatUsd(shown.total) : '-'}</dd>
        </div>
        <div>
          <dt>You get</dt>
          <dd>{shown ? formatMoney(shown.amount, 'credits') : '-'}</dd>
        </div>
      </dl>
      <div className="pay-next soft">{children}</div>
    </section>
  )
}
