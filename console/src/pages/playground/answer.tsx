import { Link } from '@tanstack/react-router'
import { type ReactElement, useEffect, useState } from 'react'
import type { ChatRoute } from '../../api/chat-stream.ts'
import { counted, formatCount, formatDuration, formatRate } from '../../lib/numbers.ts'
import { formatCredits } from '../../lib/money.ts'
import { costOfUnits } from '../../lib/price.ts'
import { Button, ButtonLink } from '../../ui/button.tsx'
import { Money } from '../../ui/money.tsx'
import { Skeleton } from '../../ui/state.tsx'
import { type ListedModel, priceOf } from '../../parts/listed-model.ts'
import { AnswerText } from './answer-text.tsx'
import { type PlainWords, plainWords } from './plain-words.ts'
import { type Answer, isRunning, tokensPerSecond } from './turns.ts'

type Props = {
  readonly answer: Answer
  readonly model: ListedModel | undefined
  readonly stop: () => void
  /** Given for the last answer. */
  readonly regenerate: (() => void) | undefined
}

/** What a model answered, with what it took. */
export function AnswerView({ answer, model, stop, regenerate }: Props): ReactElement {
  const words = answer.failure && plainWords(answer.failure)
  return (
    <div className="answer" data-state={answer.state}>
      {answer.reasoning !== '' && (
        <details className="answer-reasoning">
          <summary>Reasoning</summary>
          <p>{answer.reasoning}</p>
        </details>
      )}
      {answer.text !== '' && <AnswerText text={answer.text} />}
      {answer.state === 'waiting' && <Skeleton width="9rem" />}
      {answer.finish === 'length' && (
        <p className="answer-note">It was cut here: it came to its longest length, or to the end of the credits.</p>
      )}
      {answer.state === 'stopped' && <p className="answer-note">Stopped. What was delivered is charged.</p>}
      {words && <Failed words={words} requestId={answer.failure?.requestId} />}
      <AnswerFacts answer={answer} model={model} />
      <div className="answer-actions">
        {isRunning(answer) && (
          <Button size="small" onClick={stop}>
            Stop
          </Button>
        )}
        {!isRunning(answer) && regenerate && (
          <Button kind="quiet" size="small" icon="refresh" onClick={regenerate}>
            Again
          </Button>
        )}
        {answer.generationId !== undefined && !isRunning(answer) && (
          <Link className="answer-receipt" to="." search={(before) => ({ ...before, call: answer.generationId })}>
            Receipt
          </Link>
        )}
      </div>
      {answer.route && <Route route={answer.route} />}
    </div>
  )
}

const creditsPage: string = '/credits'

function Failed({ words, requestId }: { readonly words: PlainWords; readonly requestId: string | undefined }) {
  return (
    <div className="failure" role="alert">
      <p className="failure-title">{words.what}</p>
      {words.todo !== undefined && <p>{words.todo}</p>}
      <div className="failure-foot">
        {requestId !== undefined && (
          <span className="soft">
            Request <code>{requestId}</code>
          </span>
        )}
        {words.step === 'credits' && (
          <ButtonLink to={creditsPage} size="small">
            Open My Credits
          </ButtonLink>
        )}
        {words.step === 'models' && (
          <ButtonLink to="/models" size="small">
            Open Models
          </ButtonLink>
        )}
      </div>
    </div>
  )
}

const tickMs = 200

/** First token, speed, tokens and cost: live, and estimates say so. */
function AnswerFacts({ answer, model }: Pick<Props, 'answer' | 'model'>) {
  const nowMs = useClock(isRunning(answer), answer.startedMs)
  const { usage, firstMs, endedMs } = answer
  const rate = tokensPerSecond(answer, nowMs)
  if (answer.state === 'failed' && firstMs === undefined) return null
  return (
    <dl className="answer-facts">
      <Fact
        name="First token"
        value={
          firstMs === undefined ? formatDuration(nowMs - answer.startedMs) : formatDuration(firstMs - answer.startedMs)
        }
      />
      <Fact name="Speed" value={rate === undefined ? '-' : formatRate(rate)} />
      {endedMs !== undefined && <Fact name="In all" value={formatDuration(endedMs - answer.startedMs)} />}
      <Fact name="Tokens" value={usage ? usageWords(usage) : `≈ ${formatCount(answer.pieces)} out`} />
      <div>
        <dt>Cost</dt>
        <dd>
          <Cost answer={answer} model={model} />
        </dd>
      </div>
    </dl>
  )
}

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)

const usageWords = ({ tokensIn, tokensCached, tokensOut, tokensReasoning }: NonNullable<Answer['usage']>): string =>
  [
    `${formatCount(tokensIn)} in${tokensCached > 0 ? ` (${formatCount(tokensCached)} cached)` : ''}`,
    `${formatCount(tokensOut)} out${tokensReasoning > 0 ? ` (${formatCount(tokensReasoning)} reasoning)` : ''}`,
  ].join(', ')

/** What was charged; until that is known, about what it will be. */
function Cost({ answer, model }: Pick<Props, 'answer' | 'model'>) {
  if (answer.charged !== undefined) return <Money amount={answer.charged} />
  if (!isRunning(answer) && answer.state !== 'stopped') return '-'
  const estimate = model && estimateOf(answer, model)
  return estimate === undefined ? (
    'not known yet'
  ) : (
    <span title="An estimate from the text so far">≈ {formatCredits(estimate)} credits</span>
  )
}

const bytesPerToken = 4

function estimateOf(answer: Answer, model: ListedModel): bigint | undefined {
  const [input, output] = [priceOf(model, 'input'), priceOf(model, 'output')]
  if (input === undefined || output === undefined) return undefined
  return costOfUnits(answer.promptBytes / bytesPerToken, input) + costOfUnits(answer.pieces, output)
}

/** The page's clock, which goes on while something runs. */
function useClock(isOn: boolean, startMs: number): number {
  const [nowMs, setNowMs] = useState(startMs)
  useEffect(() => {
    if (!isOn) return undefined
    const timer = setInterval(() => setNowMs(performance.now()), tickMs)
    return () => clearInterval(timer)
  }, [isOn])
  return Math.max(nowMs, startMs)
}

/** How the router decided: who was asked, how it went, who was left out and why. */
function Route({ route }: { readonly route: ChatRoute }) {
  const rows = [
    ...route.attempts.map(({ provider, why, outcome, ms }) => ({
      provider,
      words: `${outcome}${ms === undefined ? '' : ` after ${formatDuration(ms)}`}`,
      why,
    })),
    ...route.untried.map(({ provider, why }) => ({ provider, words: 'not needed', why })),
    ...route.excluded.map(({ provider, why }) => ({ provider, words: 'left out', why })),
  ]
  const last = route.attempts.at(-1)
  return (
    <details className="answer-route">
      <summary>
        Served by {last?.provider ?? 'nobody'}, {counted(rows.length, 'provider')} considered
      </summary>
      <ul>
        {rows.map(({ provider, words, why }, at) => (
          <li key={at}>
            <strong>{provider}</strong> {words} <span className="soft">({why})</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
