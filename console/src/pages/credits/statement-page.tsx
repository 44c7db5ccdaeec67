import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { failureOf, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useSession } from '../../api/session.ts'
import { credits, formatCredits, formatUsd, sumCredits } from '../../lib/money.ts'
import { formatCount } from '../../lib/numbers.ts'
import { exactTime, formatDay } from '../../lib/time.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button, ButtonFileLink } from '../../ui/button.tsx'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Money } from '../../ui/money.tsx'
import { Page } from '../../ui/page.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { kindOf } from './ledger-words.ts'
import { monthName } from './month.ts'
import './credits.css'

const route = getRouteApi('/framed/credits/statements/$month')
const get = 'GET /api/v1/accounts/{id}/statements/{month}'
const csv = 'GET /api/v1/accounts/{id}/statements/{month}.csv'

/** The statement of a month, to be read, printed and checked. */
export function StatementPage(): ReactElement {
  const { account } = useSession()
  const { month } = route.useParams()
  const path = { id: account.id, month }
  const { data, error, refetch } = useApi(get, { path })
  const failure = failureOf(error)
  return (
    <Page
      title={`Statement of ${monthName(month)}`}
      intro={
        <Link to="/credits" search={{ part: 'statements' }} className="no-print">
          All statements
        </Link>
      }
      actions={
        <span className="no-print page-actions">
          <Button onClick={() => window.print()}>Print</Button>
          <ButtonFileLink icon="download" href={addressOf(csv, { path })} download>
            CSV
          </ButtonFileLink>
        </span>
      }
    >
      {failure && !data ? (
        <FailureNote what="There is no such statement." failure={failure} retry={() => void refetch()} />
      ) : (
        <Sheet of={data?.data} />
      )}
      <SameByApi
        calls={[
          { method: 'GET', address: addressOf(get, { path }), does: 'The statement' },
          { method: 'GET', address: addressOf(csv, { path }), does: 'The same as CSV' },
        ]}
      />
    </Page>
  )
}

type Statement = Schemas['Statement']

function Sheet({ of: statement }: { readonly of: Statement | undefined }) {
  if (!statement) return <Skeleton width="100%" />
  const from = new Date(statement.from)
  const last = new Date(new Date(statement.to).getTime() - 1)
  return (
    <article className="statement">
      <dl className="statement-head">
        <div>
          <dt>Account</dt>
          <dd>
            {statement.account_name} <CopyText text={statement.account_id} what="account id" />
          </dd>
        </div>
        <div>
          <dt>Period</dt>
          <dd>
            {formatDay(from, 'utc')} to {formatDay(last, 'utc')}, UTC
          </dd>
        </div>
        <div>
          <dt>State</dt>
          <dd>
            {statement.is_complete ? (
              <Badge tone="good">Final</Badge>
            ) : (
              <>
                <Badge>Running</Badge> <span className="soft">as of {exactTime(new Date(statement.as_of), 'utc')}</span>
              </>
            )}
          </dd>
        </div>
      </dl>
      <Lines of={statement} />
      <Zero of={statement} />
    </article>
  )
}

/** Both units beside each other: a statement is read by others than who set the unit. */
function Lines({ of: statement }: { readonly of: Statement }) {
  const range = { from: statement.from, to: statement.to }
  return (
    <table className="statement-lines">
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col" className="number">
            Movements
          </th>
          <th scope="col" className="number">
            Credits
          </th>
          <th scope="col" className="number">
            USD
          </th>
        </tr>
      </thead>
      <tbody>
        <Line name="Opening balance" amount={statement.opening_credits} isStrong />
        {statement.lines.map(({ kind, movements, credits: amount }) => (
          <Line
            key={kind}
            name={
              <Link to="/credits" search={{ kind, ...range }}>
                {kindOf(kind)}
              </Link>
            }
            movements={movements}
            amount={amount}
          />
        ))}
        {statement.lines.length === 0 && <Line name="Nothing moved" amount="0" />}
      </tbody>
      <tfoot>
        <Line name="Closing balance" amount={statement.closing_credits} isStrong />
      </tfoot>
    </table>
  )
}

function Line({
  name,
  movements,
  amount,
  isStrong,
}: {
  readonly name: ReactElement | string
  readonly movements?: number
  readonly amount: string
  readonly isStrong?: boolean
}) {
  const exact = credits(amount)
  return (
    <tr data-strong={isStrong ? '' : undefined}>
      <th scope="row">{name}</th>
      <td className="number">{movements === undefined ? '' : formatCount(movements)}</td>
      <td className="number" title={`${amount} credits`}>
        {formatCredits(exact)}
      </td>
      <td className="number">{formatUsd(exact)}</td>
    </tr>
  )
}

/** The check itself, in figures: opening and lines less closing. */
function Zero({ of: statement }: { readonly of: Statement }) {
  const moved = sumCredits(statement.lines.map((line) => credits(line.credits)))
  const isZero = credits(statement.difference_credits) === 0n
  return (
    <section className="statement-check" aria-label="Reconciliation">
      <p>
        <Badge tone={isZero ? 'good' : 'bad'}>{isZero ? 'Reconciles to zero' : 'Does not reconcile'}</Badge>
      </p>
      <p className="soft">
        <Money amount={statement.opening_credits} /> opening + <Money amount={moved} /> moved −{' '}
        <Money amount={statement.closing_credits} /> closing = <Money amount={statement.difference_credits} />. Opening
        and closing balance are what single movements left; the lines are sums of all movements of the month.
        {!isZero && ' Tell the operator: the books are wrong.'}
      </p>
      {statement.on_hold_credits !== null && credits(statement.on_hold_credits) > 0n && (
        <p className="soft">
          <Money amount={statement.on_hold_credits} /> of the closing balance is on hold for calls under way.
        </p>
      )}
    </section>
  )
}
