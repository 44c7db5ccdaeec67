/** Server-sent events as the HTML standard has them (§9.2). */
import type { Uuid } from '../../core/ids.ts'
import { add, toCredits, zero } from '../../core/money.ts'
import type { HeldCall, KeySpend, NewsPlace, Pulse } from '../../credits/index.ts'
import { creditsOrNull } from '../fields.ts'

export type EventName = 'balance' | 'hold' | 'call' | 'ledger' | 'key' | 'order' | 'reset' | 'end'

const encoder = new TextEncoder()

export const frame = (name: EventName, data: object, place?: NewsPlace): Uint8Array =>
  encoder.encode(
    `${place ? `id: ${place.sequence}-${place.posting}\n` : ''}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`,
  )

/** Keeps proxies from taking a quiet stream for a dead one. */
export const keepAlive: Uint8Array = encoder.encode(': keep-alive\n\n')

/** How long a browser waits before it comes again. */
export const retryAfter: Uint8Array = encoder.encode('retry: 1000\n\n')

/** Where a listener had come to, by the id of the last event that it saw; `undefined`: no place of ours. */
export function placeIn(lastEventId: string): NewsPlace | undefined {
  const [, sequence, posting] = /^(\d{1,18})-(\d{1,18})$/.exec(lastEventId) ?? []
  return sequence === undefined ? undefined : { sequence: BigInt(sequence), posting: BigInt(posting!) }
}

export const balanceFrame = ({ accountId, available, held }: Pulse, asOf: string, place?: NewsPlace): Uint8Array =>
  frame(
    'balance',
    { account_id: accountId, available: toCredits(available), held: toCredits(held), as_of: asOf },
    place,
  )

export type HoldsChange = {
  readonly accountId: Uuid
  readonly calls: ReadonlyMap<Uuid, HeldCall>
  readonly opened: number
  readonly resolved: number
}

export function holdFrame({ accountId, calls, opened, resolved }: HoldsChange, asOf: string): Uint8Array {
  const held = [...calls.values()].reduce((sum, { amount }) => add(sum, amount), zero)
  const data = { account_id: accountId, calls: calls.size, held: toCredits(held) }
  return frame('hold', { ...data, opened, resolved, as_of: asOf })
}

export const keyFrame = (spend: KeySpend, asOf: string): Uint8Array =>
  frame('key', {
    id: spend.keyId,
    spent_credits: toCredits(spend.totalSpent),
    window_spent_credits: toCredits(spend.windowSpent),
    window_held_credits: toCredits(spend.windowHeld),
    limit_left_credits: creditsOrNull(spend.limitLeft),
    as_of: asOf,
  })
