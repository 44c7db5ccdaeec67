import type { ReactElement } from 'react'
import { modalityName } from '../../lib/abilities.ts'
import { FieldError } from '../../ui/form.tsx'
import { CheckField, TextArea, TextField } from '../../ui/fields.tsx'
import { modalities, type ModelDraft, modelErrors } from './model-draft.ts'

type Props = { readonly draft: ModelDraft; readonly setDraft: (draft: ModelDraft) => void }

/** What is said of a model; the id is asked for only while it is new. */
export function ModelFields({ draft, setDraft }: Props): ReactElement {
  const errors = modelErrors(draft)
  const change = (part: Partial<ModelDraft>) => setDraft({ ...draft, ...part })
  return (
    <>
      <TextField
        label="Name"
        name="name"
        optional
        value={draft.name}
        onChange={(name) => change({ name })}
        placeholder={draft.id}
      />
      <TextArea
        label="Description"
        name="description"
        optional
        value={draft.description}
        onChange={(description) => change({ description })}
      />
      <TextField
        label="Also called"
        name="aliases"
        optional
        mono
        value={draft.aliases}
        onChange={(aliases) => change({ aliases })}
        error={errors.aliases}
        hint="Other names that callers may use, with commas between."
      />
      <TokenFields draft={draft} setDraft={setDraft} />
      <Modalities label="Takes" chosen={draft.inputs} onChange={(inputs) => change({ inputs })} error={errors.inputs} />
      <Modalities
        label="Gives"
        chosen={draft.outputs}
        onChange={(outputs) => change({ outputs })}
        error={errors.outputs}
      />
      <TextField
        label="Understands"
        name="supported_parameters"
        optional
        mono
        value={draft.parameters}
        onChange={(parameters) => change({ parameters })}
        hint="Fields of a request, such as tools, response_format, reasoning."
      />
    </>
  )
}

function TokenFields({ draft, setDraft }: Props) {
  const errors = modelErrors(draft)
  const change = (part: Partial<ModelDraft>) => setDraft({ ...draft, ...part })
  return (
    <>
      <TextField
        label="Context"
        name="context_length"
        optional
        inputMode="numeric"
        value={draft.contextLength}
        onChange={(contextLength) => change({ contextLength })}
        error={errors.contextLength}
        hint="Tokens of prompt and answer together."
      />
      <TextField
        label="Longest answer"
        name="output_tokens_max"
        optional
        inputMode="numeric"
        value={draft.outputTokensMax}
        onChange={(outputTokensMax) => change({ outputTokensMax })}
        error={errors.outputTokensMax}
        hint="Tokens."
      />
    </>
  )
}

function Modalities({
  label,
  chosen,
  onChange,
  error,
}: {
  readonly label: string
  readonly chosen: ModelDraft['inputs']
  readonly onChange: (chosen: ModelDraft['inputs']) => void
  readonly error: string | undefined
}) {
  return (
    <fieldset className="field">
      <legend>{label}</legend>
      <div className="checks">
        {modalities.map((modality) => (
          <CheckField
            key={modality}
            label={modalityName(modality)}
            checked={chosen.includes(modality)}
            onChange={(isIn) =>
              onChange(modalities.filter((each) => (each === modality ? isIn : chosen.includes(each))))
            }
          />
        ))}
      </div>
      {error !== undefined && <FieldError>{error}</FieldError>}
    </fieldset>
  )
}
