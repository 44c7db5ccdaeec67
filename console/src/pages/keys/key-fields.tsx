import type { ReactElement } from 'react'
import { useApi } from '../../api/query.ts'
import { limitSentence, type LimitWindow } from '../../lib/limit-sentence.ts'
import type { MilliCredits } from '../../lib/money.ts'
import { zoneName } from '../../lib/time.ts'
import { MoneyField, SelectField, TextArea, TextField } from '../../ui/fields.tsx'
import { Field } from '../../ui/form.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { useNow } from '../../ui/time.tsx'
import { leftOf, useUsedIn } from './key-budget.ts'
import { amountOf, type KeyDraft, type Problems, type TypedMoney } from './key-draft.ts'
import type { Key } from './key-status.ts'

type FieldsProps = {
  readonly draft: KeyDraft
  readonly onChange: (draft: KeyDraft) => void
  readonly problems: Problems
  /** A management key calls no model: it has a name and an expiry only. */
  readonly isManagement?: boolean
  /** The key that is changed; absent while one is made. */
  readonly of?: Key
}

/** All that is set of a key, in one form: what it may spend, until when, and where it may go. */
export function KeyFields({ draft, onChange, problems, isManagement = false, of: key }: FieldsProps): ReactElement {
  const set = (change: Partial<KeyDraft>) => onChange({ ...draft, ...change })
  return (
    <>
      <TextField
        label="Name"
        name="name"
        value={draft.name}
        onChange={(name) => set({ name })}
        error={draft.name === '' ? undefined : problems.name}
        placeholder={isManagement ? 'deploy script' : 'production'}
        autoComplete="off"
        maxLength={200}
        required
      />
      {!isManagement && <SpendFields draft={draft} set={set} problems={problems} of={key} />}
      <ExpiryField draft={draft} set={set} problems={problems} />
      {!isManagement && <PolicyFields draft={draft} set={set} problems={problems} />}
    </>
  )
}

type PartProps = Pick<FieldsProps, 'draft' | 'problems'> & { readonly set: (change: Partial<KeyDraft>) => void }

const windows: readonly { readonly value: LimitWindow; readonly label: string }[] = [
  { value: 'day', label: 'per day' },
  { value: 'week', label: 'per week' },
  { value: 'month', label: 'per month' },
  { value: 'total', label: 'in total' },
]

/** The limit and the cap, with the sentence that reads them back as they are typed. */
function SpendFields({ draft, set, problems, of: key }: PartProps & { readonly of: Key | undefined }) {
  const isSound = problems.limit === undefined && problems.callCap === undefined
  return (
    <fieldset className="key-spend">
      <legend className="hidden-text">What it may spend</legend>
      <Amount
        label="Limit"
        name="limit_credits"
        value={draft.limit}
        onChange={(limit) => set({ limit })}
        error={problems.limit}
        hint={draft.limit.text.trim() === '' ? 'Empty: no limit of its own.' : undefined}
      />
      <SelectField
        label="Window of the limit"
        name="limit_window"
        value={draft.window}
        onChange={(window) => set({ window })}
        options={windows}
      />
      <Amount
        label="Cap per call"
        name="call_cap_credits"
        value={draft.callCap}
        onChange={(callCap) => set({ callCap })}
        error={problems.callCap}
        hint="A call that may cost more is refused before it is sent."
        optional
      />
      {isSound && (key ? <ReadBackOfKey draft={draft} of={key} /> : <ReadBack draft={draft} />)}
    </fieldset>
  )
}

function ReadBack({ draft, left }: { readonly draft: KeyDraft; readonly left?: MilliCredits | undefined }) {
  const limit = { limit: amountOf(draft.limit), window: draft.window, callCap: amountOf(draft.callCap), left }
  return <output className="read-back">{limitSentence(limit, usePreference('unit'), useNow())}</output>
}

/** With what the limit would leave of what the key has used already; nothing while that is read. */
function ReadBackOfKey({ draft, of: key }: { readonly draft: KeyDraft; readonly of: Key }) {
  const limit = amountOf(draft.limit)
  const used = useUsedIn(key, draft.window)
  if (limit === undefined) return <ReadBack draft={draft} />
  return used === undefined ? null : <ReadBack draft={draft} left={leftOf(limit, used)} />
}

function Amount({
  value,
  onChange,
  ...rest
}: {
  readonly label: string
  readonly name: string
  readonly value: TypedMoney
  readonly onChange: (value: TypedMoney) => void
  readonly error: string | undefined
  readonly hint: string | undefined
  readonly optional?: boolean
}) {
  return (
    <MoneyField
      {...rest}
      value={value.text}
      unit={value.unit}
      onChange={(text) => onChange({ ...value, text })}
      onUnitChange={(unit) => onChange({ ...value, unit })}
    />
  )
}

function ExpiryField({ draft, set, problems }: PartProps) {
  const zone = useZone()
  const name = zoneName(zone, useNow())
  return (
    <Field
      label="Expires"
      name="expires_at"
      optional
      error={problems.expires}
      hint={`Empty: never. The time is ${name}.`}
    >
      {(control) => (
        <input
          {...control}
          type="datetime-local"
          className="input key-expiry"
          value={draft.expires}
          onChange={(event) => set({ expires: event.target.value })}
        />
      )}
    </Field>
  )
}

/** Where the key may go, how fast, and which answers are kept. Folded away: most keys need none of it. */
function PolicyFields({ draft, set, problems }: PartProps) {
  const models = useApi('GET /v1/models', {}).data?.data.map(({ id }) => id)
  return (
    <details className="key-policy" open={hasPolicy(draft)}>
      <summary>
        Policy <span className="soft">{policySummary(draft)}</span>
      </summary>
      <div className="key-policy-fields">
        <TextArea
          label="Models"
          name="allowed_models"
          value={draft.models}
          onChange={(text) => set({ models: text })}
          placeholder="openai/*"
          hint={`One in each line, * for any characters. Empty: all${models ? ` ${models.length} that can be called` : ''}.`}
          mono
          rows={2}
          optional
        />
        <TextArea
          label="Providers"
          name="allowed_providers"
          value={draft.providers}
          onChange={(text) => set({ providers: text })}
          hint="By name, one in each line. Empty: all."
          mono
          rows={2}
          optional
        />
        <TextArea
          label="Addresses"
          name="allowed_addresses"
          value={draft.addresses}
          onChange={(text) => set({ addresses: text })}
          placeholder="203.0.113.0/24"
          hint="From which it may be used; networks as 10.0.0.0/8. Empty: everywhere."
          mono
          rows={2}
          optional
        />
        <RateFields draft={draft} set={set} problems={problems} />
        <KeepingFields draft={draft} set={set} problems={problems} />
      </div>
    </details>
  )
}

function RateFields({ draft, set, problems }: PartProps) {
  const rates = [
    ['requestsPerMinute', 'Calls per minute', 'requests_per_minute'],
    ['tokensPerMinute', 'Tokens per minute', 'tokens_per_minute'],
    ['parallelMax', 'Calls at once', 'parallel_max'],
  ] as const
  return (
    <>
      {rates.map(([field, label, name]) => (
        <TextField
          key={field}
          label={label}
          name={name}
          value={draft[field]}
          onChange={(text) => set({ [field]: text })}
          error={problems[field]}
          hint="Empty: as the server is set. 0: no limit."
          inputMode="numeric"
          optional
        />
      ))}
    </>
  )
}

function KeepingFields({ draft, set, problems }: PartProps) {
  return (
    <>
      <TextField
        label="Response cache, seconds"
        name="cache_seconds"
        value={draft.cacheSeconds}
        onChange={(cacheSeconds) => set({ cacheSeconds })}
        error={problems.cacheSeconds}
        hint="Equal calls within this time get the same answer, free. Empty: only calls that ask for it."
        inputMode="numeric"
        optional
      />
      <SelectField
        label="Answers may be stored"
        name="store_answers"
        value={draft.storeAnswers}
        onChange={(storeAnswers) => set({ storeAnswers })}
        options={[
          { value: 'unset', label: 'As the server is set' },
          { value: 'yes', label: 'Yes, for repetitions and responses' },
          { value: 'no', label: 'No' },
        ]}
      />
    </>
  )
}

const policyOf = (draft: KeyDraft): readonly (readonly [isSet: boolean, words: string])[] => [
  [draft.models.trim() !== '', 'some models'],
  [draft.providers.trim() !== '', 'some providers'],
  [draft.addresses.trim() !== '', 'some addresses'],
  [[draft.requestsPerMinute, draft.tokensPerMinute, draft.parallelMax].some((rate) => rate.trim() !== ''), 'own rates'],
  [draft.cacheSeconds.trim() !== '', 'cached'],
  [draft.storeAnswers !== 'unset', draft.storeAnswers === 'no' ? 'answers are not stored' : 'answers may be stored'],
]

const hasPolicy = (draft: KeyDraft): boolean => policyOf(draft).some(([isSet]) => isSet)

const policySummary = (draft: KeyDraft): string =>
  policyOf(draft)
    .filter(([isSet]) => isSet)
    .map(([, words]) => words)
    .join(', ') || 'all models, providers and addresses; rates as the server is set'
