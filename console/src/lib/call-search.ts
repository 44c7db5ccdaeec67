import { parseCredits, toCreditsText } from './money.ts'
import { presets, type Span } from './range.ts'
import { oneOf, type Read, type SearchOf, text, time, wholeNumber } from './search.ts'

/** An amount of credits, as the API writes it. */
const amount: Read<string> = (value) => {
  const known = parseCredits(value)
  return known === undefined || known < 0n ? undefined : toCreditsText(known)
}

const status: Read<string> = (value) => (/^([1-5]\d\d|ok|error)$/.test(value) ? value : undefined)
const yesOrNo = oneOf('true', 'false')

export const kinds = ['chat', 'completions', 'embeddings', 'rerank', 'moderations'] as const
const states = ['ok', 'aborted', 'failed', 'interrupted'] as const

/** The filters of calls, by the names that the API gives them, so that an address reads like the call behind it. */
export const callFilterShape = {
  model: text,
  model_asked: text,
  provider: text,
  key_id: text,
  account_id: text,
  status,
  state: oneOf(...states),
  kind: oneOf(...kinds),
  finish_reason: text,
  fallback: yesOrNo,
  streamed: yesOrNo,
  min_credits: amount,
  max_credits: amount,
  min_first_token_ms: wholeNumber(0, 999_999_999),
  max_first_token_ms: wholeNumber(0, 999_999_999),
  min_duration_ms: wholeNumber(0, 999_999_999),
  max_duration_ms: wholeNumber(0, 999_999_999),
  user: text,
  session_id: text,
  app_title: text,
  trace_id: text,
  metadata: text,
} as const

export const rangeShape = { range: oneOf(...presets), from: time, to: time } as const

export type CallFilters = SearchOf<typeof callFilterShape>
export type FilterName = keyof CallFilters
const filterNames = Object.keys(callFilterShape) as readonly FilterName[]

/** The filters that are set, and nothing else of the address. */
export const filtersIn = (search: CallFilters): CallFilters =>
  Object.fromEntries(filterNames.filter((name) => search[name] !== undefined).map((name) => [name, search[name]]))

/** Takes every filter off; the time stays. */
export const withoutFilters = <Search extends CallFilters>(search: Search): Search => ({
  ...search,
  ...Object.fromEntries(filterNames.map((name) => [name, undefined])),
})

/** In place of an account's id: every account, for the operator. */
export const everyAccount = 'all'

/** Whose calls are meant: those of the account one acts for, unless the address names another. */
const accountIn = (filters: CallFilters, ownAccountId: string): string | undefined =>
  filters.account_id === everyAccount ? undefined : (filters.account_id ?? ownAccountId)

/** What the API is asked for a page's filters and time: the same for a list, its chart and its CSV. */
export function callQuery(filters: CallFilters, { from, to }: Span, ownAccountId: string) {
  const { fallback, streamed, account_id: _named, ...rest } = filtersIn(filters)
  const accountId = accountIn(filters, ownAccountId)
  return {
    ...rest,
    ...(fallback !== undefined && { fallback: fallback === 'true' }),
    ...(streamed !== undefined && { streamed: streamed === 'true' }),
    ...(accountId !== undefined && { account_id: accountId }),
    from,
    ...(to !== undefined && { to }),
  }
}
