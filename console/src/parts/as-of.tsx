import type { ReactElement } from 'react'
import { zonedClock } from '../lib/time.ts'
import { useZone } from '../ui/preferences.ts'

/** When what is shown was read: '14:03:07 UTC'. */
export function AsOf({ readAtMs }: { readonly readAtMs: number }): ReactElement {
  const zone = useZone()
  return <p className="as-of">{readAtMs === 0 ? 'Reading …' : `As of ${zonedClock(new Date(readAtMs), zone)}`}</p>
}
