import type { ReactElement } from 'react'
import type { AnswerOf } from '../../api/client.ts'
import { counted } from '../../lib/numbers.ts'
import { Button } from '../../ui/button.tsx'

export type Trial = AnswerOf<'POST /api/v1/providers/test'>['data']

const shownMost = 500

/** What a provider said when it was asked for its models. */
export function TrialAnswer({
  trial,
  offer,
  reason,
}: {
  readonly trial: Trial
  /** Given where its models can be offered at once. */
  readonly offer?: (model: string) => void
  /** Why they cannot. */
  readonly reason?: string | undefined
}): ReactElement {
  return (
    <div className="trial" data-tone={trial.ok ? 'good' : 'bad'} role="status">
      <p>
        {trial.ok ? (
          <>
            <strong>It answers.</strong> It lists {counted(trial.models.length, 'model')}.
          </>
        ) : (
          <>
            <strong>It does not answer as it should:</strong> {trial.why}.
          </>
        )}
      </p>
      {trial.ok && trial.models.length > 0 && (
        // It scrolls, so the keyboard must reach it.
        <div className="trial-models" role="region" tabIndex={0} aria-label="Models that it lists">
          <ul>
            {trial.models.slice(0, shownMost).map((model) => (
              <li key={model}>
                <code>{model}</code>
                {offer && (
                  <Button
                    kind="quiet"
                    size="small"
                    aria-label={`Offer ${model}`}
                    reason={reason}
                    onClick={() => offer(model)}
                  >
                    Offer
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
