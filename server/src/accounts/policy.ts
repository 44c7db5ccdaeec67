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
