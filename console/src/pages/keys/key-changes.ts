import { credits, formatMoney, type MoneyUnit } from '../../lib/money.ts'
import { exactTime, type Zone } from '../../lib/time.ts'
import { bodyOf, changesOf, draftOf, type KeyBody, type KeyDraft } from './key-draft.ts'
import type { Key } from './key-status.ts'

/** One thing that saving would change, in words. */
export type Change = { readonly what: string; readonly before: string; readonly after: string }

type Show = { readonly unit: MoneyUnit; readonly zone: Zone }

const windowWords = { total: 'in total', day: 'per day', week: 'per week', month: 'per month' } as const

const names: Readonly<Record<keyof ReturnType<typeof bodyOf>, string>> = {
  name: 'Name',
  limit_credits: 'Limit',
  limit_window: 'Window',
  call_cap_credits: 'Cap per call',
  expires_at: 'Expires',
  allowed_models: 'Models',
  allowed_providers: 'Providers',
  allowed_addresses: 'Addresses',
  requests_per_minute: 'Calls per minute',
  tokens_per_minute: 'Tokens per minute',
  parallel_max: 'Calls at once',
  cache_seconds: 'Response cache',
  store_answers: 'Answers may be stored',
}

/** What saving a draft would change, line by line, in the order of the form. */
export function changeLines(key: Key, draft: KeyDraft, show: Show): readonly Change[] {
  const [before, after] = [bodyOf(draftOf(key, 'credits', show.zone), show.zone), bodyOf(draft, show.zone)]
  return Object.keys(changesOf(key, draft, show.zone)).map((field) => {
    const name = field as keyof typeof names
    return { what: names[name], before: inWords(name, before[name], show), after: inWords(name, after[name], show) }
  })
}

function inWords(field: keyof typeof names, value: KeyBody[keyof KeyBody], { unit, zone }: Show): string {
  if (value === null || value === undefined) return absent[field] ?? 'as the server is set'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value)) return value.join(', ')
  switch (field) {
    case 'limit_credits':
    case 'call_cap_credits':
      return formatMoney(credits(String(value)), unit)
    case 'limit_window':
      return windowWords[value as keyof typeof windowWords]
    case 'expires_at':
      return exactTime(new Date(String(value)), zone)
    case 'cache_seconds':
      return `${String(value)} s`
    default:
      return String(value)
  }
}

const absent: Partial<Record<keyof typeof names, string>> = {
  limit_credits: 'no limit',
  call_cap_credits: 'no cap',
  expires_at: 'never',
  allowed_models: 'all',
  allowed_providers: 'all',
  allowed_addresses: 'everywhere',
  cache_seconds: 'off',
}
