import type { BodyOf } from '../../api/client.ts'
import type { LimitWindow } from '../../lib/limit-sentence.ts'
import {
  credits,
  type MilliCredits,
  type MoneyUnit,
  parseCredits,
  parseUsd,
  toCreditsText,
  toUsdText,
} from '../../lib/money.ts'
import { fromInputText, toInputText } from '../../lib/range.ts'
import type { Zone } from '../../lib/time.ts'
import type { Key } from './key-status.ts'

/** An amount as somebody types it. Empty: none. */
export type TypedMoney = { readonly text: string; readonly unit: MoneyUnit }

/** A key as the form holds it: texts, as they are typed. Lists have an entry in each line; empty means all of them. */
export type KeyDraft = {
  readonly name: string
  readonly limit: TypedMoney
  readonly window: LimitWindow
  readonly callCap: TypedMoney
  /** As a date-and-time field holds it, in the reader's zone. Empty: never. */
  readonly expires: string
  readonly models: string
  readonly providers: string
  readonly addresses: string
  readonly requestsPerMinute: string
  readonly tokensPerMinute: string
  readonly parallelMax: string
  readonly cacheSeconds: string
  readonly storeAnswers: 'unset' | 'yes' | 'no'
}

/** What the API takes for a key besides its kind. */
export type KeyBody = Omit<BodyOf<'PATCH /api/v1/keys/{id}'>, 'disabled'>

export const emptyDraft = (unit: MoneyUnit): KeyDraft => ({
  name: '',
  limit: { text: '', unit },
  window: 'month',
  callCap: { text: '', unit },
  expires: '',
  models: '',
  providers: '',
  addresses: '',
  requestsPerMinute: '',
  tokensPerMinute: '',
  parallelMax: '',
  cacheSeconds: '',
  storeAnswers: 'unset',
})

/** The draft of a key as it is, amounts in the reader's unit. */
export const draftOf = (key: Key, unit: MoneyUnit, zone: Zone): KeyDraft => ({
  name: key.name,
  limit: typed(key.limit_credits, unit),
  window: key.limit_window,
  callCap: typed(key.call_cap_credits, unit),
  expires: key.expires_at === null ? '' : toInputText(key.expires_at, zone),
  models: lines(key.allowed_models),
  providers: lines(key.allowed_providers),
  addresses: lines(key.allowed_addresses),
  requestsPerMinute: countText(key.requests_per_minute),
  tokensPerMinute: countText(key.tokens_per_minute),
  parallelMax: countText(key.parallel_max),
  cacheSeconds: countText(key.cache_seconds),
  storeAnswers: key.store_answers === null ? 'unset' : key.store_answers ? 'yes' : 'no',
})

const typed = (amount: string | null, unit: MoneyUnit): TypedMoney => ({
  text: amount === null ? '' : unit === 'usd' ? toUsdText(credits(amount)) : toCreditsText(credits(amount)),
  unit,
})
const lines = (list: readonly string[] | null) => list?.join('\n') ?? ''
const countText = (count: number | null) => (count === null ? '' : String(count))

/** The amount that was typed; undefined for none, and for what is no amount. */
export const amountOf = ({ text, unit }: TypedMoney): MilliCredits | undefined => {
  const plain = text.replaceAll(',', '')
  return unit === 'usd' ? parseUsd(plain) : parseCredits(plain)
}

/** What is wrong in a draft, by its field. Empty: it can be sent. */
export function problemsOf(draft: KeyDraft, zone: Zone, now: Date): Problems {
  const problems: Problems = {}
  if (draft.name.trim() === '') problems.name = 'Name it after what will use it.'
  for (const field of ['limit', 'callCap'] as const) {
    const amount = amountOf(draft[field])
    if (draft[field].text.trim() !== '' && (amount === undefined || amount < 0n))
      problems[field] = 'An amount is digits, with decimals after a point.'
  }
  if (draft.expires !== '') {
    const at = fromInputText(draft.expires, zone)
    if (!at) problems.expires = 'Give a day and a time.'
    else if (at <= now.toISOString()) problems.expires = 'This has passed. Give a time to come, or leave it empty.'
  }
  for (const field of ['requestsPerMinute', 'tokensPerMinute', 'parallelMax', 'cacheSeconds'] as const)
    if (!/^\d{0,9}$/.test(draft[field].trim())) problems[field] = 'A whole number, or nothing.'
  return problems
}

export type Problems = Partial<Record<keyof KeyDraft, string>>

/** The draft with each field that is wrong as it was at the beginning: nothing is said, and nothing sent, of what is wrong. */
export const soundPart = (draft: KeyDraft, begin: KeyDraft, problems: Problems): KeyDraft => ({
  ...draft,
  ...Object.fromEntries(Object.keys(problems).map((field) => [field, begin[field as keyof KeyDraft]])),
})

/** The draft as the API takes it; null takes a bound away. Call it on a draft without problems. */
export const bodyOf = (draft: KeyDraft, zone: Zone) =>
  ({
    name: draft.name.trim(),
    limit_credits: amountText(draft.limit),
    limit_window: draft.window,
    call_cap_credits: amountText(draft.callCap),
    expires_at: draft.expires === '' ? null : (fromInputText(draft.expires, zone) ?? null),
    allowed_models: listOf(draft.models),
    allowed_providers: listOf(draft.providers),
    allowed_addresses: listOf(draft.addresses),
    requests_per_minute: countOf(draft.requestsPerMinute),
    tokens_per_minute: countOf(draft.tokensPerMinute),
    parallel_max: countOf(draft.parallelMax),
    cache_seconds: countOf(draft.cacheSeconds),
    store_answers: draft.storeAnswers === 'unset' ? null : draft.storeAnswers === 'yes',
  }) satisfies KeyBody

const amountText = (money: TypedMoney) => {
  const amount = amountOf(money)
  return amount === undefined ? null : toCreditsText(amount)
}
const countOf = (text: string) => (text.trim() === '' ? null : Number(text))

function listOf(text: string): readonly string[] | null {
  const entries = [...new Set(text.split(/[\s,]+/).filter((entry) => entry !== ''))]
  return entries.length > 0 ? entries : null
}

/** Only what a draft sets beyond what an absent field means: the shortest body that makes the same key. */
export const newBodyOf = (draft: KeyDraft, zone: Zone): { readonly name: string } & KeyBody => {
  const { name, limit_window: window, ...bounds } = bodyOf(draft, zone)
  const set = Object.fromEntries(Object.entries(bounds).filter(([, value]) => value !== null))
  return { ...set, ...(bounds.limit_credits === null ? {} : { limit_window: window }), name }
}

/** What saving a draft would change of a key, as the API takes it; empty: nothing. */
export function changesOf(key: Key, draft: KeyDraft, zone: Zone): KeyBody {
  const [before, after] = [bodyOf(draftOf(key, 'credits', zone), zone), bodyOf(draft, zone)]
  const changed = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field as keyof typeof before]),
  )
  return Object.fromEntries(changed)
}
