import type { ReactElement } from 'react'
import { formatClock, zoneName } from '../lib/time.ts'
import { useZone } from '../ui/preferences.ts'

/** When what is shown was read: '14:03:07 UTC'. */
export function AsOf({ readAtMs }: { readonly readAtMs: number }): ReactElement {
  const zone = useZone()
  const at = new Date(readAtMs)
  return (
    <p className="as-of">{readAtMs === 0 ? 'Reading …' : `As of ${formatClock(at, zone)} ${zoneName(zone, at)}`}</p>
  )
}
