import type { ReactElement } from 'react'
import { CheckField, SelectField, TextField } from '../../ui/fields.tsx'
import { type Dialect, ofDialect, type ProviderDraft } from './provider-draft.ts'

type Props = {
  readonly draft: ProviderDraft
  readonly setDraft: (draft: ProviderDraft) => void
  readonly dialects: readonly Dialect[]
  /** Whether a key is kept already, which an empty field leaves as it is. */
  readonly hasKey: boolean
}

/** Where a provider answers, what it speaks, and the key for it. */
export function ProviderFields({ draft, setDraft, dialects, hasKey }: Props): ReactElement {
  const dialect = dialects.find(({ id }) => id === draft.dialect)
  const change = (part: Partial<ProviderDraft>) => setDraft({ ...draft, ...part })
  return (
    <>
      <SelectField
        label="Kind"
        name="dialect"
        value={draft.dialect}
        onChange={(id) => {
          const next = dialects.find((each) => each.id === id)
          if (next) setDraft(ofDialect(draft, next))
        }}
        options={dialects.map(({ id }) => ({
          value: id,
          label: id === 'compatible' ? 'compatible: anything that speaks as OpenAI does' : id,
        }))}
        hint={dialect && dialectWords(dialect)}
      />
      <TextField
        label="Address"
        name="base_url"
        mono
        autoComplete="off"
        value={draft.baseUrl}
        onChange={(baseUrl) => change({ baseUrl })}
        placeholder={dialect?.base_url ?? 'https://api.example.com/v1'}
        optional={dialect?.base_url !== null}
        hint={dialect?.base_url === null ? undefined : 'Its usual address unless you give another.'}
      />
      <TextField
        label="API key"
        name="api_key"
        type="password"
        mono
        autoComplete="off"
        value={draft.apiKey}
        onChange={(apiKey) => change({ apiKey })}
        optional={hasKey || (dialect?.is_local ?? false)}
        hint={
          hasKey
            ? 'A key is kept, sealed, and never shown. A new one here takes its place.'
            : 'It is kept sealed and never shown again, not even here.'
        }
      />
      <CheckField
        label="May be at a private address"
        hint="Loopback and private networks, such as a server beside this one."
        checked={draft.allowPrivate}
        onChange={(allowPrivate) => change({ allowPrivate })}
      />
      {draft.allowPrivate && (
        <p className="warning">
          Requests with the prompts of callers go to that network, and its answers come back to them. Allow it only for
          servers that are yours.
        </p>
      )}
    </>
  )
}

function dialectWords({ api, lists_models: listsModels, key_variable: variable, is_local: isLocal }: Dialect): string {
  const speaks = api === 'openai' ? "Speaks OpenAI's API." : 'Speaks an API of its own; callers need not know.'
  const lists = listsModels ? '' : ' It does not list its models, so it cannot be tested here.'
  const key = isLocal ? ' Needs no key.' : variable === null ? '' : ` Its key is what others keep in ${variable}.`
  return `${speaks}${key}${lists}`
}
