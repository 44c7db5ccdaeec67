import type { Schemas } from '../../api/schema.ts'

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

/** What differs, field by field, in the order of their names; a side is absent where there was nothing. */
export function changesOf({ before, after }: Pick<Entry, 'before' | 'after'>): readonly FieldChange[] {
  const fields = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].toSorted()
  return fields.map((field) => ({
    field: field.replaceAll('_', ' '),
    from: textOf(before?.[field]),
    to: textOf(after?.[field]),
  }))
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return value.map((entry) => textOf(entry) ?? 'none').join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'string' ? value : JSON.stringify(value)
}
