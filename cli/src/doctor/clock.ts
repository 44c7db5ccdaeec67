import { type Finding, findingsOf } from './finding.ts'

/** A moment that another machine told, and our clock just before and after. */
export type Told = {
  readonly theirsMs: number
  /** How coarsely it was told: a Date header cuts to the second. */
  readonly resolutionMs: number
  readonly beforeMs: number
  readonly afterMs: number
}

/** How far the other clock is ahead, as far as can be told; negative when it is behind. */
export function skewOf({ theirsMs, resolutionMs, beforeMs, afterMs }: Told): number {
  // Theirs was read between our two readings, and then cut.
  const latestMs = theirsMs + resolutionMs
  if (latestMs < beforeMs) return latestMs - beforeMs
  return theirsMs > afterMs ? theirsMs - afterMs : 0
}

const skewMsMax = 2_000

export function checkClock(name: string, who: string, told: Told): Finding {
  const { ok, warn } = findingsOf(name)
  const skewMs = skewOf(told)
  if (Math.abs(skewMs) <= skewMsMax) return ok(`${who} has the time of this machine`)
  const words = `${who} is ${Math.round(Math.abs(skewMs) / 1_000)} s ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`
  return warn(words, 'let both follow a time server (NTP): limits, expiries and prices depend on the time')
}
