import { AppError } from '../core/errors.ts'
import { ceilDiv, nanoUsd, nanoUsdPerMillion, type NanoUsd } from '../core/money.ts'
import type { Caller, OwnKey } from '../accounts/index.ts'
import type { PriceTable } from '../catalog/index.ts'
import { billOf, type Units } from '../credits/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { errorOfFailure, type AttemptFailure } from './attempt-failure.ts'
import type { AttemptRow } from './call.ts'
import { wholeSeconds } from './retry-after.ts'

type Options = {
  readonly ownKeys: Caller['ownKeys']
  readonly feeBps: number
  /** Whether the offers of all models stand in one order, instead of model after model. */
  readonly mixModels: boolean
  /** Whether the request means files of the account's own at a provider: with the operator's key it would read theirs. */
  readonly namesKeptFile: boolean
}

/**
 * Puts the account's own keys into a plan: of each model, the offers of providers at which it has one are tried with
 * that first, in the plan's order, and cost the fee; after those, what the operator pays for, unless an own key that was
 * to be tried before forbids it.
 */
export function planOwnKeys(
  attempts: readonly [PlannedAttempt, ...PlannedAttempt[]],
  { ownKeys, feeBps, mixModels, namesKeptFile }: Options,
): readonly [PlannedAttempt, ...PlannedAttempt[]] {
  if (!ownKeys && !namesKeptFile) return attempts
  const planned: PlannedAttempt[] = []
  let isClosed = false
  for (const group of mixModels ? [attempts] : Map.groupBy(attempts, ({ model }) => model.id).values()) {
    const own = group.flatMap((attempt) => {
      const key = ownKeys?.get(attempt.offer.providerId)
      return key ? [withOwnKey(attempt, key, feeBps)] : []
    })
    isClosed ||= own.some((attempt) => !attempt.own.key.fallback)
    planned.push(...own, ...(isClosed || namesKeptFile ? [] : group))
  }
  const [first, ...others] = planned
  if (first) return [first, ...others]
  if (namesKeptFile) throw new AppError('invalid_request', { message: keptFileMessage, param: 'file_id' })
  return attempts
}

const keptFileMessage =
  "Files by 'file_id' lie at a provider, and are reached with your account's own key there alone. Send the file itself, or its URL."

/** The account pays the provider itself, so no part of the fee is owed to it, and the operator's bounds do not count. */
const withOwnKey = ({ offer, ...attempt }: PlannedAttempt, key: OwnKey, feeBps: number) => ({
  ...attempt,
  offer: {
    ...offer,
    providerShareBps: 0,
    facts: { ...offer.facts, concurrencyMax: undefined, requestsPerMinuteMax: undefined },
  },
  prices: feePrices(attempt.prices, feeBps),
  bound: nanoUsd(ceilDiv(attempt.bound * BigInt(feeBps), wholeBps)),
  reason: 'own key',
  own: { key, listPrices: attempt.prices },
})

const wholeBps = 10_000n

/** The fee as prices, so that it is held and charged like any other: a part of each, rounded down to nano-USD a million. */
function feePrices(prices: PriceTable, feeBps: number): PriceTable {
  const entries = Object.entries(prices).map(([name, price]) => [
    name,
    { ...price, perMillion: nanoUsdPerMillion((price.perMillion * BigInt(feeBps)) / wholeBps) },
  ])
  return Object.fromEntries(entries) as PriceTable
}

/** What a call with an own key would have cost at the list's prices; `undefined` for any other call. */
export function upstreamCostOf(attempt: PlannedAttempt | undefined, units: Units): NanoUsd | undefined {
  if (!attempt?.own) return undefined
  const bill = billOf(units, attempt.own.listPrices)
  return bill.kind === 'billed' ? bill.cost : undefined
}

/** Statuses that say that a key, or the account behind it, is not good. */
const keyStatuses = new Set([401, 402, 403])

/** Whether a failure is the own key's alone, and says nothing of the provider to anybody else. */
export const isOwnKeyFailure = ({ own }: PlannedAttempt, { status }: Pick<AttemptFailure, 'status'>): boolean =>
  own !== undefined && status !== undefined && (status === 429 || keyStatuses.has(status))

/** For a call whose own key failed last. The provider's words stay here: they may quote the key. */
function ownKeyError(
  { offer: { providerName } }: PlannedAttempt,
  { status, retryAfterSeconds = 1 }: AttemptFailure,
): AppError {
  const metadata = { provider: providerName, status }
  if (status !== 429)
    return new AppError('provider_key_refused', {
      message: `${providerName} refused your account's own key with status ${status}.`,
      metadata,
    })
  return new AppError('rate_limit_exceeded', {
    message: `${providerName} is at its limit for your account's own key.`,
    retryAfterSeconds: wholeSeconds(retryAfterSeconds),
    metadata,
  })
}

/** What the caller is told once no attempt is left; a refused own key is named, even where others were tried after it. */
export function errorOfTry(
  { attempt, failure }: { readonly attempt: PlannedAttempt; readonly failure: AttemptFailure },
  tried: readonly AttemptRow[],
): AppError {
  if (isOwnKeyFailure(attempt, failure)) return ownKeyError(attempt, failure)
  const error = errorOfFailure(failure, tried.length)
  const warnings = ownKeyWarnings(tried)
  if (warnings.length === 0) return error
  const { code, param, metadata, retryAfterSeconds } = error
  const before = ` Before that, ${warnings.join('; ')}.`
  return new AppError(code, {
    message: error.message + before,
    kept: error.kept + before,
    ...(param !== undefined && { param }),
    ...(metadata && { metadata }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}

/** For a caller that was answered all the same. */
export const ownKeyWarnings = (tried: readonly AttemptRow[]): readonly string[] =>
  tried
    .filter((row) => row.own_key && row.status !== undefined && keyStatuses.has(row.status))
    .map((row) => `${row.provider} refused your account's own key with status ${row.status}`)
