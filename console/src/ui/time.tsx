import { type ReactElement, useSyncExternalStore } from 'react'
import { exactTime, formatClock, formatDay, formatTime, relativeTime, zoneName } from '../lib/time.ts'
import { useZone } from './preferences.ts'

const tickMs = 10_000
const listeners = new Set<() => void>()
let now = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void) {
  if (listeners.size === 0) {
    now = Date.now()
    timer = setInterval(() => {
      now = Date.now()
      for (const each of listeners) each()
    }, tickMs)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0) clearInterval(timer)
  }
}

/** The time of the page, which goes on every ten seconds. */
export const useNow = (): Date => new Date(useSyncExternalStore(subscribe, () => now))

/** A moment in the chosen zone, which the head of the table or the line around it names. `day`: without the clock. */
export function Time({
  at,
  show = 'time',
}: {
  readonly at: string
  readonly show?: 'time' | 'day' | 'day-and-time'
}): ReactElement {
  const zone = useZone()
  const date = new Date(at)
  return (
    <time dateTime={at} title={exactTime(date, zone)}>
      {show === 'time' ? formatTime(date, zone) : formatDay(date, zone)}
      {show === 'day-and-time' && ` ${formatClock(date, zone)}`}
    </time>
  )
}

/** How long ago, or in how long; the exact moment on hover. */
export function Ago({ at }: { readonly at: string }): ReactElement {
  const zone = useZone()
  const date = new Date(at)
  return (
    <time dateTime={at} title={exactTime(date, zone)}>
      {relativeTime(date, useNow())}
    </time>
  )
}

/** The name of the zone that times are shown in, for heads of tables: 'UTC', 'UTC+2'. */
export const useZoneName = (): string => zoneName(useZone(), useNow())
