import type { ReactElement, ReactNode } from 'react'
import { useAction, useApi } from '../../api/query.ts'
import { useMay } from '../../api/session.ts'
import { statusOf } from '../../lib/call-words.ts'
import type { Call } from '../call-type.ts'
import { formatCount, formatDuration } from '../../lib/numbers.ts'
import { Stat, Stats } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { CodeBlock, CopyText, SameByApi } from '../../ui/code.tsx'
import { CopyButton } from '../../ui/copy.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Money, MoneyOther } from '../../ui/money.tsx'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { Time } from '../../ui/time.tsx'
import { CallStatus } from '../call-cells.tsx'
import { Decision } from './decision.tsx'
import { CallFacts } from './facts.tsx'
import { Receipt } from './receipt.tsx'
import { requestSamples } from './request-code.ts'
import { Waterfall } from './waterfall.tsx'
import './call.css'

const lookMs = 1_000

/**
 * Everything that is known of one call, at the side of whatever page asked for it. The dialog stays when there is no call,
 * so that the focus goes back to what opened it.
 */
export function CallSheet({
  id,
  onClose,
}: {
  readonly id: string | undefined
  readonly onClose: () => void
}): ReactElement {
  return (
    <Dialog isOpen={id !== undefined} onClose={onClose} title="Call" shape="sheet" aside={id && <Status id={id} />}>
      {id !== undefined && <Content key={id} id={id} />}
    </Dialog>
  )
}

const useCall = (id: string) =>
  useApi('GET /api/v1/generation', { query: { id } }, { refetchMs: lookMs, refetchWhile: isRunning })

function Status({ id }: { readonly id: string }) {
  const { data } = useCall(id)
  return data && <CallStatus call={data.data} />
}

function Content({ id }: { readonly id: string }) {
  const { data, error, refetch } = useCall(id)
  const call = data?.data
  const failure = error?.failure
  return (
    <>
      <CopyText text={id} what="call id" />
      {failure && !call && (
        <FailureNote what="The call could not be read." failure={failure} retry={() => void refetch()} />
      )}
      {call ? <Told call={call} /> : !failure && <Waiting />}
      <SameByApi calls={[{ method: 'GET', address: `/api/v1/generation?id=${id}` }]} />
    </>
  )
}

const isRunning = ({ data }: { readonly data: Call }) => data.state === 'running'

function Told({ call }: { readonly call: Call }) {
  const { why } = statusOf(call)
  return (
    <>
      {call.error ? <ErrorAsSent error={call.error} status={call.status} /> : why !== undefined && <p>{why}</p>}
      {call.state === 'running' && <Running call={call} />}
      <Figures call={call} />
      <Part title="Receipt">
        <Receipt call={call} />
      </Part>
      {call.attempts.length > 0 && (
        <Part title={call.attempts.length === 1 ? 'The one try' : `${call.attempts.length} tries`}>
          <Waterfall attempts={call.attempts} totalMs={call.generation_time} />
        </Part>
      )}
      {call.state !== 'running' && !call.cached && (
        <Part title="The router's decision">
          <Decision call={call} />
        </Part>
      )}
      <Part title="What was asked">
        <CallFacts call={call} />
      </Part>
      <Part title="Ask again">
        <CodeBlock label="The request, without its text" samples={requestSamples(call, window.location.origin)} />
      </Part>
      <details className="same-by-api">
        <summary>Everything as JSON</summary>
        <CodeBlock label="The receipt" samples={[{ language: 'JSON', code: JSON.stringify(call, null, 2) }]} />
      </details>
    </>
  )
}

const Part = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <section className="call-part">
    <h3>{title}</h3>
    {children}
  </section>
)

function Figures({ call }: { readonly call: Call }) {
  const isUnderWay = call.state === 'running'
  const amount = isUnderWay ? call.held_credits : call.credits
  return (
    <Stats>
      <Stat
        label={isUnderWay ? 'Held' : 'Charged'}
        value={<Money amount={amount} />}
        detail={<MoneyOther amount={amount} />}
      />
      <Stat
        label="Tokens in → out"
        value={`${formatCount(call.tokens_prompt)} → ${formatCount(call.tokens_completion)}`}
        detail={tokenDetail(call)}
      />
      <Stat label="First token" value={call.latency === null ? '-' : formatDuration(call.latency)} />
      <Stat label="In all" value={call.generation_time === null ? '-' : formatDuration(call.generation_time)} />
    </Stats>
  )
}

function tokenDetail({ native_tokens_cached: cached, native_tokens_reasoning: reasoning }: Call): string | undefined {
  const parts = [
    ...(cached > 0 ? [`${formatCount(cached)} cached`] : []),
    ...(reasoning > 0 ? [`${formatCount(reasoning)} reasoning`] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : undefined
}

/** A call that runs can be stopped. */
function Running({ call }: { readonly call: Call }) {
  const { reason } = useMay('keys')
  const cancel = useAction('POST /api/v1/generation/{id}/cancel', { stale: ['GET /api/v1/generation'] })
  return (
    <div className="call-running">
      <p>
        It runs since <Time at={call.created_at} />. What was delivered when it is cancelled is charged.
      </p>
      <Button
        kind="danger"
        reason={reason}
        isBusy={cancel.isRunning}
        onClick={() => void cancel.run({ path: { id: call.id } })}
      >
        Cancel the call
      </Button>
      {cancel.failure && <FailureNote what="It could not be cancelled." failure={cancel.failure} />}
    </div>
  )
}

type Sent = { readonly error: NonNullable<Call['error']>; readonly status: number | null }

const ErrorAsSent = ({ error, status }: Sent) => (
  <div className="failure">
    <p className="failure-title">
      {status} <code>{error.code}</code>
    </p>
    <p>{error.message}</p>
    <div className="failure-foot">
      <span className="soft">As the caller was told.</span>
      <CopyButton text={`${status} ${error.code}: ${error.message}`} what="error" label="Copy" />
    </div>
  </div>
)

const Waiting = () => (
  <div aria-busy="true" className="call-waiting">
    {['12rem', '18rem', '9rem', '16rem', '14rem', '18rem'].map((width, at) => (
      <Skeleton key={at} width={width} />
    ))}
  </div>
)
