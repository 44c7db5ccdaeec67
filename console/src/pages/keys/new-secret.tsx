import { Link } from '@tanstack/react-router'
import { type ReactElement, useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { invalidate, useApi } from '../../api/query.ts'
import { type TriedOutcome, tryBody, tryKey } from '../../api/try-key.ts'
import { formatDuration } from '../../lib/numbers.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code.tsx'
import { SelectField } from '../../ui/fields.tsx'
import { MoneyBoth } from '../../ui/money.tsx'
import { SecretOnce } from '../../ui/secret.tsx'
import { FailureNote } from '../../ui/state.tsx'

/** A secret that was just made, a call to try it with, and the same call to copy. */
export function NewSecret({
  secret,
  keyId,
  kind,
  onDone,
}: {
  readonly secret: string
  readonly keyId: string
  readonly kind: 'inference' | 'management'
  readonly onDone: () => void
}): ReactElement {
  return (
    <div className="form">
      <SecretOnce secret={secret} what="key" />
      {kind === 'inference' ? (
        <TestCall secret={secret} />
      ) : (
        <CodeBlock label="A first request" samples={[{ language: 'curl', code: whoamiWith(secret) }]} />
      )}
      <footer className="form-foot">
        <Button kind="primary" onClick={onDone}>
          I have stored it
        </Button>
        {kind === 'inference' && (
          <Link className="button" to="/keys/$id" params={{ id: keyId }}>
            See its details
          </Link>
        )}
      </footer>
    </div>
  )
}

/** Where a call may go first: models that answer in text, the cheapest first. */
function useModels(): readonly string[] | undefined {
  const models = useApi('GET /v1/models', {}).data?.data
  return models
    ?.filter(({ architecture }) => architecture.output_modalities.includes('text'))
    .toSorted((one, other) => Number(one.pricing.completion) - Number(other.pricing.completion))
    .map(({ id }) => id)
}

function TestCall({ secret }: { readonly secret: string }) {
  const queries = useQueryClient()
  const models = useModels()
  const [chosen, setChosen] = useState<string>()
  const [outcome, setOutcome] = useState<TriedOutcome>()
  const [isBusy, setIsBusy] = useState(false)
  const model = chosen ?? models?.[0]
  const run = async () => {
    if (model === undefined) return
    setIsBusy(true)
    setOutcome(await tryKey(secret, model))
    setIsBusy(false)
    await invalidate(queries, ['GET /api/v1/keys', 'GET /api/v1/keys/{id}', 'GET /api/v1/accounts/{id}'])
  }
  if (models?.length === 0)
    return <p className="soft">No model can be called on this server yet, so there is nothing to try the key with.</p>
  return (
    <section className="test-call" aria-label="A test call">
      <div className="test-call-line">
        <SelectField
          label="Try it with"
          value={model ?? ''}
          onChange={setChosen}
          options={(models ?? []).map((id) => ({ value: id, label: id }))}
        />
        <Button onClick={() => void run()} isBusy={isBusy} reason={models ? undefined : 'The models are being read.'}>
          Make a test call
        </Button>
      </div>
      <div role="status">{outcome && <Result outcome={outcome} />}</div>
      <CodeBlock
        label="The same call"
        samples={[{ language: 'curl', code: callWith(secret, model ?? 'local/echo') }]}
      />
    </section>
  )
}

function Result({ outcome }: { readonly outcome: TriedOutcome }) {
  if (!outcome.ok)
    return <FailureNote what={`The call got ${outcome.failure.status || 'no answer'}.`} failure={outcome.failure} />
  const { text, costCredits, ms, generationId } = outcome.tried
  return (
    <div className="test-call-result">
      <blockquote>{text === '' ? 'The model answered with no text.' : text}</blockquote>
      <p className="soft">
        It cost {costCredits === undefined ? 'what its receipt tells' : <MoneyBoth amount={costCredits} />} and took{' '}
        {formatDuration(ms)}.
        {generationId !== undefined && (
          <>
            {' '}
            Call <code>{generationId}</code>
          </>
        )}
      </p>
    </div>
  )
}

const callWith = (secret: string, model: string): string =>
  [
    `curl '${window.location.origin}/v1/chat/completions' \\`,
    `  -H 'Authorization: Bearer ${secret}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(tryBody(model), null, 2)}'`,
  ].join('\n')

const whoamiWith = (secret: string): string =>
  `curl '${window.location.origin}/api/v1/whoami' -H 'Authorization: Bearer ${secret}'`
