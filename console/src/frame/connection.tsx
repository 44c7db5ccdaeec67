import { type ReactElement, useEffect, useState } from 'react'
import { useLiveState } from '../api/live/live.ts'
import { zonedClock } from '../lib/time.ts'
import { Icon } from '../ui/icon.tsx'
import { useZone } from '../ui/preferences.ts'

const patienceMs = 4_000

/** Says that what is shown grows old, once the server has been silent for some seconds. */
export function Connection(): ReactElement {
  const isLost = useLiveState() === 'reconnecting'
  const zone = useZone()
  const [since, setSince] = useState<Date>()
  useEffect(() => {
    if (!isLost) return undefined
    const lostAt = new Date()
    const timer = setTimeout(() => setSince(lostAt), patienceMs)
    return () => {
      clearTimeout(timer)
      setSince(undefined)
    }
  }, [isLost])
  return (
    <div className="connection" role="status">
      {since && (
        <p>
          <Icon name="warning" />
          Not connected. What you see is as of {zonedClock(since, zone)}; it goes on by itself.
        </p>
      )}
    </div>
  )
}
