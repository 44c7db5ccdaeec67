import type { Clock } from '../core/clock.ts'

/** Slows down whoever tries keys: an address that gave too many unknown ones may try no others for a while. */
export type GuessBrake = {
  /** The seconds until an address may try keys that are not known here; `undefined`: now. */
  readonly waitSeconds: (address: string) => number | undefined
  readonly failed: (address: string) => void
}

export type GuessBrakeOptions = {
  readonly clock: Clock
  /** Wrong keys that one address (of IPv6, one /64) may give in `windowMs`. */
  readonly failuresMax?: number
  readonly windowMs?: number
  /** Addresses remembered; the one that failed first is forgotten first. */
  readonly addressesMax?: number
}

type Failures = { count: number; readonly untilMs: number }

export function openGuessBrake(options: GuessBrakeOptions): GuessBrake {
  const { clock, failuresMax = 20, windowMs = 60_000, addressesMax = 10_000 } = options
  const failures = new Map<string, Failures>()

  function current(place: string): Failures | undefined {
    const kept = failures.get(place)
    if (!kept || clock.monotonicMs() < kept.untilMs) return kept
    failures.delete(place)
    return undefined
  }

  return {
    waitSeconds(address) {
      if (failures.size === 0) return undefined
      const kept = current(placeOf(address))
      if (!kept || kept.count < failuresMax) return undefined
      return Math.ceil((kept.untilMs - clock.monotonicMs()) / 1_000)
    },
    failed(address) {
      const place = placeOf(address)
      const kept = current(place)
      if (kept) {
        kept.count++
        return
      }
      failures.set(place, { count: 1, untilMs: clock.monotonicMs() + windowMs })
      if (failures.size <= addressesMax) return
      const [oldest] = failures.keys()
      if (oldest !== undefined) failures.delete(oldest)
    },
  }
}

/** A person who has IPv6 has a whole /64 of addresses. */
export function placeOf(address: string): string {
  if (!address.includes(':')) return address
  const [before = '', after] = address.split('::')
  const head = before.split(':')
  if (after === undefined) return head.slice(0, 4).join(':')
  const tail = after === '' ? [] : after.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0')
  return [...head.map((group) => group || '0'), ...zeros, ...tail].slice(0, 4).join(':')
}
