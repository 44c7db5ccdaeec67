import type { ReactElement } from 'react'
import { useApi } from '../api/query.ts'
import { useSession } from '../api/session.ts'
import { type CallFilters, everyAccount, type FilterName, kinds } from '../lib/call-search.ts'
import { FilterSelect, FilterText } from '../ui/filter-bar.tsx'

export type FilterProps = {
  readonly search: CallFilters
  /** Changes some of them; undefined takes one off. */
  readonly set: (change: CallFilters) => void
}

/** The filters that one reaches for first. */
export function MainFilters({ search, set }: FilterProps): ReactElement {
  const { account } = useSession()
  const { data: models } = useApi('GET /v1/models', {})
  const { data: keys } = useApi('GET /api/v1/keys', { query: { limit: 100, account_id: account.id } })
  const keyOptions = (keys?.data ?? []).map(({ id, name }) => ({ value: id, label: name }))
  const isStrange = search.key_id !== undefined && !keyOptions.some(({ value }) => value === search.key_id)
  return (
    <>
      {account.kind === 'operator' && <AccountFilter search={search} set={set} />}
      <FilterSelect
        label="Status"
        any="Any status"
        value={search.status}
        onChange={(status) => set({ status })}
        options={withOwn(statuses, search.status)}
      />
      <FilterText
        label="Model"
        value={search.model}
        onChange={(model) => set({ model })}
        suggestions={(models?.data ?? []).map(({ id }) => id)}
        width="10rem"
      />
      <FilterText label="Provider" value={search.provider} onChange={(provider) => set({ provider })} width="8rem" />
      <FilterSelect
        label="Key"
        any="Any key"
        value={search.key_id}
        onChange={(key_id) => set({ key_id })}
        options={isStrange ? withOwn(keyOptions, search.key_id) : keyOptions}
      />
    </>
  )
}

const statuses = [
  { value: 'ok', label: 'Answered' },
  { value: 'error', label: 'Failed' },
  { value: '499', label: 'Caller hung up' },
  { value: '400', label: '400 refused' },
  { value: '429', label: '429 rate limit' },
  { value: '502', label: '502 provider failed' },
  { value: '503', label: '503 nobody there' },
  { value: '504', label: '504 too slow' },
] as const

type Option = { readonly value: string; readonly label: string }

/** A value that an address brought and the list does not have is in it all the same. */
const withOwn = (options: readonly Option[], value: string | undefined): readonly Option[] =>
  value === undefined || options.some((option) => option.value === value)
    ? options
    : [...options, { value, label: value }]

/** The operator sees calls of its own account, of one customer, or of all. */
const AccountFilter = ({ search, set }: FilterProps) => (
  <FilterSelect
    label="Account"
    any="Own calls"
    value={search.account_id}
    onChange={(account_id) => set({ account_id })}
    options={withOwn([{ value: everyAccount, label: 'All accounts' }], search.account_id)}
  />
)

const yesNo = (yes: string, no: string) =>
  [
    { value: 'true', label: yes },
    { value: 'false', label: no },
  ] as const

/** How many of the filters that are put away are set. */
export const countMore = (search: CallFilters): number => moreNames.filter((name) => search[name] !== undefined).length

const moreNames = [
  'model_asked',
  'state',
  'kind',
  'finish_reason',
  'fallback',
  'streamed',
  'min_credits',
  'max_credits',
  'min_first_token_ms',
  'max_first_token_ms',
  'min_duration_ms',
  'max_duration_ms',
  'user',
  'session_id',
  'app_title',
  'trace_id',
  'metadata',
] as const satisfies readonly FilterName[]

/** All other filters. */
export function MoreFilters({ search, set }: FilterProps): ReactElement {
  const textOf = (name: FilterName, label: string) => (
    <FilterText
      label={label}
      value={search[name]?.toString()}
      onChange={(value) => set({ [name]: value })}
      width="11rem"
    />
  )
  return (
    <div className="filters" role="group" aria-label="More filters">
      <FilterSelect
        label="Kind"
        any="Any kind"
        value={search.kind}
        onChange={(kind) => set({ kind })}
        options={kinds.map((kind) => ({ value: kind, label: kind }))}
      />
      <FilterSelect
        label="Providers asked"
        any="One or more tries"
        value={search.fallback}
        onChange={(fallback) => set({ fallback })}
        options={yesNo('A fallback was used', 'The first one answered')}
      />
      <FilterSelect
        label="Streamed"
        any="Streamed or whole"
        value={search.streamed}
        onChange={(streamed) => set({ streamed })}
        options={yesNo('Streamed', 'In one piece')}
      />
      {textOf('finish_reason', 'Ended with')}
      {textOf('model_asked', 'Model asked')}
      {textOf('min_credits', 'Credits from')}
      {textOf('max_credits', 'Credits to')}
      {textOf('min_first_token_ms', 'First token from, ms')}
      {textOf('max_first_token_ms', 'First token to, ms')}
      {textOf('min_duration_ms', 'In all from, ms')}
      {textOf('max_duration_ms', 'In all to, ms')}
      {textOf('user', 'User')}
      {textOf('session_id', 'Session')}
      {textOf('app_title', 'App')}
      {textOf('trace_id', 'Trace id')}
      {textOf('metadata', 'Metadata, as JSON')}
    </div>
  )
}
