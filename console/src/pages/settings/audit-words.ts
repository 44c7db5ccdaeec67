import type { Schemas } from '../../api/schema.ts'
import { formatMoney, formatUsd, group, type MoneyUnit, parseCredits, parseUsd } from '../../lib/money.ts'
import { exactTime, type Zone } from '../../lib/time.ts'

type Entry = Schemas['AuditRecord']
export type Target = Entry['target']['kind']

/** What changes are about, in words. */
export const targetWords = {
  account: 'Account',
  alerts: 'Alerts',
  code: 'Redemption code',
  auto_top_up: 'Auto top-up',
  card: 'Card',
  identity: 'Way to sign in',
  invitation: 'Invitation',
  key: 'Key',
  member: 'Member',
  model: 'Model',
  offer: 'Offer',
  order: 'Payment',
  person: 'Person',
  price: 'Price',
  provider: 'Provider',
  provider_key: 'Provider key',
  session: 'Session',
  transfer: 'Credits',
  webhook: 'Webhook',
} as const satisfies Record<Target, string>

export const targets = Object.keys(targetWords) as readonly Target[]

/** `rotateKey` -> 'rotate key'. */
export const deedWords = (action: string): string => action.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

export type FieldChange = { readonly field: string; readonly from: string | undefined; readonly to: string | undefined }

/** How the reader has amounts and times shown. */
type Show = { readonly unit: MoneyUnit; readonly zone: Zone }

/**
 * What differs, field by field, in the order of their names. A side is absent where the thing itself was not there yet,
 * or is not any more; of a thing that was there, a field without a value says 'none'.
 */
export function changesOf({ before, after }: Pick<Entry, 'before' | 'after'>, show: Show): readonly FieldChange[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].toSorted()
  return names
    .filter((name) => (before?.[name] ?? after?.[name] ?? null) !== null)
    .map((name) => ({
      field: name.replace(/_(credits|usd)$/, '').replaceAll('_', ' '),
      from: textOf(name, before?.[name], show),
      to: textOf(name, after?.[name], show),
    }))
}

function textOf(name: string, value: unknown, show: Show): string | undefined {
  if (value === undefined) return undefined
  if (value === null) return 'none'
  if (Array.isArray(value)) return value.map((entry) => textOf(name, entry, show)).join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number') return group(String(value))
  return typeof value === 'string' ? wordsOf(name, value, show) : JSON.stringify(value)
}

const isTime = (text: string) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text)

/** Amounts in the reader's unit, times in the reader's zone. */
function wordsOf(name: string, text: string, { unit, zone }: Show): string {
  if (isTime(text)) return exactTime(new Date(text), zone)
  const amount = /(^|_)credits$/.test(name) ? parseCredits(text) : undefined
  if (amount !== undefined) return formatMoney(amount, unit)
  const usd = name.endsWith('_usd') ? parseUsd(text) : undefined
  if (usd !== undefined) return formatUsd(usd)
  return name === 'threshold' && /^[\d.]+$/.test(text) ? group(text) : text
}
