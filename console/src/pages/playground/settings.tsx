import type { ReactElement } from 'react'
import { counted } from '../../lib/numbers.ts'
import { Button } from '../../ui/button.tsx'
import { CheckField, SelectField, TextArea, TextField } from '../../ui/fields.tsx'
import { type Parameters, parameterErrors, setCount, usualParameters } from './parameters.ts'

type Props = {
  readonly system: string
  readonly setSystem: (system: string) => void
  readonly parameters: Parameters
  readonly setParameters: (parameters: Parameters) => void
}

/** What goes along with each message. */
export function Settings({ system, setSystem, parameters, setParameters }: Props): ReactElement {
  const change = (part: Partial<Parameters>) => setParameters({ ...parameters, ...part })
  const count = setCount(parameters)
  return (
    <aside className="playground-settings" aria-label="Settings">
      <TextArea label="System prompt" optional value={system} onChange={setSystem} rows={3} />
      <details className="parameters" open={count > 0}>
        <summary>
          Parameters <span className="soft">{count === 0 ? "the model's own" : counted(count, 'set', 'set')}</span>
        </summary>
        <ParameterFields parameters={parameters} change={change} />
        {count > 0 && (
          <Button kind="quiet" size="small" onClick={() => setParameters(usualParameters)}>
            Set none
          </Button>
        )}
      </details>
    </aside>
  )
}

function ParameterFields({
  parameters,
  change,
}: {
  readonly parameters: Parameters
  readonly change: (part: Partial<Parameters>) => void
}) {
  const errors = parameterErrors(parameters)
  return (
    <div className="parameters-fields">
      <TextField
        label="Temperature"
        inputMode="decimal"
        placeholder="0 to 2"
        value={parameters.temperature}
        onChange={(temperature) => change({ temperature })}
        error={errors.temperature}
      />
      <TextField
        label="Top p"
        inputMode="decimal"
        placeholder="0 to 1"
        value={parameters.topP}
        onChange={(topP) => change({ topP })}
        error={errors.topP}
      />
      <TextField
        label="Most tokens"
        inputMode="numeric"
        placeholder="as many as it takes"
        value={parameters.tokensMax}
        onChange={(tokensMax) => change({ tokensMax })}
        error={errors.tokensMax}
      />
      <TextField
        label="Seed"
        inputMode="numeric"
        value={parameters.seed}
        onChange={(seed) => change({ seed })}
        error={errors.seed}
      />
      <SelectField
        label="Reasoning effort"
        value={parameters.effort}
        onChange={(effort) => change({ effort })}
        options={efforts}
      />
      <TextArea
        label="Stop at"
        hint="One text in each line."
        mono
        rows={2}
        value={parameters.stop}
        onChange={(stop) => change({ stop })}
        error={errors.stop}
      />
      <CheckField label="Answer with JSON" checked={parameters.isJson} onChange={(isJson) => change({ isJson })} />
    </div>
  )
}

const efforts = [
  { value: '', label: "The model's own" },
  { value: 'minimal', label: 'Minimal' },
  { value: 'low', label: 'Low' },
  { value: 'medium', label: 'Medium' },
  { value: 'high', label: 'High' },
] as const
