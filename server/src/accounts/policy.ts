import { type Networks, openNetworks } from '../platform/http/index.ts'
import type { PolicyColumns } from './store.ts'
import type { KeyPolicy } from './types.ts'

/** What is absent (or `undefined`) stays as it is; `null` allows everything. */
export type PolicyChange = Partial<Readonly<Record<keyof KeyPolicy, readonly string[] | null | undefined>>>

export const noPolicy: PolicyColumns = { allowed_models: null, allowed_providers: null, allowed_addresses: null }

export const policyOf = (row: PolicyColumns): KeyPolicy => ({
  models: row.allowed_models ?? undefined,
  providers: row.allowed_providers ?? undefined,
  addresses: row.allowed_addresses ?? undefined,
})

export const changedPolicy = (before: PolicyColumns, change: PolicyChange): PolicyColumns => ({
  allowed_models: listAfter(before.allowed_models, change.models),
  allowed_providers: listAfter(before.allowed_providers, change.providers),
  allowed_addresses: listAfter(before.allowed_addresses, change.addresses),
})

const listAfter = (before: string[] | null, change: readonly string[] | null | undefined): string[] | null =>
  change === undefined ? before : change && [...change]

/** Whether one of the patterns, in which `*` stands for any characters, means this text. Letters may be in either case. */
export const matchesAny = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => matches(pattern.toLowerCase().split('*'), text.toLowerCase()))

/** Each part is looked for from the left, as soon as it can stand: no pattern takes long. */
function matches(parts: readonly string[], text: string): boolean {
  const [first = '', ...others] = parts
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of others) {
    const found = text.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}

const networksOf = new WeakMap<readonly string[], Networks>()

/** Whether a key may be used from an address; from one that nobody knows only where it may be used from anywhere. */
export function mayCallFrom({ addresses }: KeyPolicy, address: string | undefined): boolean {
  if (!addresses) return true
  const networks = networksOf.get(addresses) ?? openNetworks(addresses)
  networksOf.set(addresses, networks)
  return address !== undefined && networks.has(address)
}
