import { credits, formatMoney, type MilliCredits, type MoneyUnit } from '../../lib/money.ts'
import { exactTime, relativeTime, windowEnd, type Zone } from '../../lib/time.ts'
import type { Key } from './key-status.ts'

/** One thing that the next call meets, in the order in which the server looks. */
export type Check = {
  readonly id: string
  readonly what: string
  readonly words: string
  /** What a call gets that does not pass. */
  readonly refusal: '401' | '402' | '403' | '404'
  /** `open`: it depends on the call. */
  readonly state: 'passes' | 'open' | 'stops'
}

type Reading = {
  readonly now: Date
  readonly zone: Zone
  readonly unit: MoneyUnit
  readonly account: { readonly available: MilliCredits; readonly isFrozen: boolean } | undefined
}

/** Why a call with this key would be refused now, or might be. */
export function checksOf(key: Key, reading: Reading): readonly Check[] {
  const { account, unit } = reading
  return [
    stateCheck(key, reading),
    ...(key.allowed_addresses
      ? [open('addresses', 'Address', `Only from ${key.allowed_addresses.join(', ')}.`, '403')]
      : []),
    ...(key.allowed_models ? [open('models', 'Model', `Only ${key.allowed_models.join(', ')}.`, '403')] : []),
    ...(key.allowed_providers
      ? [open('providers', 'Provider', `Only by ${key.allowed_providers.join(', ')}.`, '403')]
      : []),
    ...(account ? [accountCheck(account, unit)] : []),
    limitCheck(key, reading),
    ...(key.call_cap_credits === null
      ? []
      : [open('cap', 'Cap per call', `A call that may cost more than ${money(key.call_cap_credits, unit)}.`, '402')]),
  ]
}

const money = (amount: string, unit: MoneyUnit) => formatMoney(credits(amount), unit)
const open = (id: string, what: string, words: string, refusal: Check['refusal']): Check => ({
  ...{ id, what, words, refusal },
  state: 'open',
})

function stateCheck(key: Key, { now, zone }: Reading): Check {
  const base = { id: 'key', what: 'Key', refusal: '401' } as const
  if (key.disabled) return { ...base, state: 'stops', words: 'It is frozen.' }
  if (key.expires_at === null) return { ...base, state: 'passes', words: 'It works, and never expires.' }
  const expires = new Date(key.expires_at)
  return expires <= now
    ? { ...base, state: 'stops', words: `It expired at ${exactTime(expires, zone)}.` }
    : { ...base, state: 'passes', words: `It works until ${exactTime(expires, zone)}.` }
}

function accountCheck({ available, isFrozen }: NonNullable<Reading['account']>, unit: MoneyUnit): Check {
  const base = { id: 'account', what: 'Account' } as const
  if (isFrozen) return { ...base, refusal: '403', state: 'stops', words: 'The account is frozen.' }
  return available === 0n
    ? { ...base, refusal: '402', state: 'stops', words: 'It has no credits available.' }
    : { ...base, refusal: '402', state: 'passes', words: `It has ${formatMoney(available, unit)} available.` }
}

function limitCheck(key: Key, { now, unit }: Reading): Check {
  const base = { id: 'limit', what: 'Limit', refusal: '402' } as const
  if (key.limit_credits === null || key.limit_left_credits === null)
    return { ...base, state: 'passes', words: 'It has no limit of its own.' }
  const reset = windowEnd(key.limit_window, now)
  const when = reset ? ` It resets ${relativeTime(reset, now)}.` : ''
  const held = credits(key.window_held_credits)
  const holds = held > 0n ? `, ${formatMoney(held, unit)} of it on hold for calls under way` : ''
  const limit = money(key.limit_credits, unit)
  return credits(key.limit_left_credits) === 0n
    ? { ...base, state: 'stops', words: `All of ${limit} is used${holds}.${when}` }
    : {
        ...base,
        state: 'passes',
        words: `${money(key.limit_left_credits, unit)} of ${limit} is left; a call that may cost more is refused.${when}`,
      }
}
