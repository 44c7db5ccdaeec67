import { standingOf } from './share.ts'
import type { Shares } from './shares.ts'
import type { Bound, Standing, Standings } from './types.ts'

/** Of the limits of one kind, key's and account's, the one that leaves least. */
export function standingsOf(shares: Shares, bounds: readonly Bound[]): Standings {
  const requests = tightest(shares, bounds, 'requests')
  const tokens = tightest(shares, bounds, 'tokens')
  return { ...(requests && { requests }), ...(tokens && { tokens }) }
}

function tightest(shares: Shares, bounds: readonly Bound[], resource: Bound['resource']): Standing | undefined {
  return bounds
    .filter((bound) => bound.resource === resource)
    .map((bound) => standingOf(shares.of(bound), bound.most))
    .reduce<Standing | undefined>(
      (least, each) => (least && least.remaining <= each.remaining ? least : each),
      undefined,
    )
}
