/** Which clock times are shown in: the reader's own, or UTC. */
export type Zone = 'local' | 'utc'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** The name of a zone for axes and heads of tables: 'UTC', or 'UTC+2'. */
export function zoneName(zone: Zone, at: Date): string {
  const offset = zone === 'utc' ? 0 : -at.getTimezoneOffset()
  if (offset === 0) return 'UTC'
  const minutes = Math.abs(offset) % 60
  const rest = minutes === 0 ? '' : `:${String(minutes).padStart(2, '0')}`
  return `UTC${offset < 0 ? '−' : '+'}${Math.floor(Math.abs(offset) / 60)}${rest}`
}

/** Its parts in the zone, two digits each, month names short. */
function partsOf(at: Date, zone: Zone) {
  const shifted = zone === 'utc' ? at : new Date(at.getTime() - at.getTimezoneOffset() * minuteMs)
  const [date = '', clock = ''] = shifted.toISOString().split('T')
  const [year = '', month = '', day = ''] = date.split('-')
  return { year, month, day, date, time: clock.slice(0, 8), minute: clock.slice(0, 5) }
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** '31 Jan 2026'. */
export function formatDay(at: Date, zone: Zone): string {
  const { year, month, day } = partsOf(at, zone)
  return `${Number(day)} ${months[Number(month) - 1]} ${year}`
}

/** '31 Jan 14:03:07': for rows of a table whose head names the zone; elsewhere the zone is said beside it. */
export function formatTime(at: Date, zone: Zone): string {
  const { month, day, time } = partsOf(at, zone)
  return `${Number(day)} ${months[Number(month) - 1]} ${time}`
}

/** '14:03:07'. */
export const formatClock = (at: Date, zone: Zone): string => partsOf(at, zone).time

/** '14:03:07 UTC': where nothing near says the zone. */
export const zonedClock = (at: Date, zone: Zone): string => `${formatClock(at, zone)} ${zoneName(zone, at)}`

/** '2026-01-31 14:03:07 UTC': every part and the zone, for titles and copying. */
export function exactTime(at: Date, zone: Zone): string {
  const { date, time } = partsOf(at, zone)
  return `${date} ${time} ${zoneName(zone, at)}`
}

const steps = [
  [dayMs, 'day'],
  [hourMs, 'hour'],
  [minuteMs, 'minute'],
] as const

/**
 * 'just now', '3 minutes ago', 'in 2 days'. Full units; of what is to come, a unit that lacks less than a twentieth is
 * full, so that a day from now is a day, not 23 hours.
 */
export function relativeTime(at: Date, now: Date): string {
  const away = at.getTime() - now.getTime()
  const unitsOf = (ms: number) => Math.floor(Math.abs(away) / ms + (away > 0 ? 0.05 : 0))
  const step = steps.find(([ms]) => unitsOf(ms) >= 1)
  if (!step) return away > 0 ? 'in less than a minute' : 'just now'
  const count = unitsOf(step[0])
  const words = `${count} ${step[1]}${count === 1 ? '' : 's'}`
  return away > 0 ? `in ${words}` : `${words} ago`
}

/** What a chart's axis says at a bucket of this length: '14:05', '31 Jan', 'Jan 2026'. */
export function formatBucket(at: Date, bucketMs: number, zone: Zone): string {
  const { year, month, day, minute } = partsOf(at, zone)
  const name = months[Number(month) - 1] ?? ''
  if (bucketMs < dayMs) return minute === '00:00' ? `${Number(day)} ${name}` : minute
  return bucketMs < 28 * dayMs ? `${Number(day)} ${name}` : `${name} ${year}`
}

type CalendarWindow = 'total' | 'day' | 'week' | 'month'

/** When the window of a key's limit that runs now began, and when it begins anew, by the calendar in UTC; weeks start on Monday. */
function windowOf(window: CalendarWindow, now: Date): { readonly start: Date; readonly end: Date } | undefined {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  const monday = day - ((now.getUTCDay() + 6) % 7)
  const between = (start: number, end: number) => ({ start: new Date(start), end: new Date(end) })
  switch (window) {
    case 'total':
      return undefined
    case 'day':
      return between(Date.UTC(year, month, day), Date.UTC(year, month, day + 1))
    case 'week':
      return between(Date.UTC(year, month, monday), Date.UTC(year, month, monday + 7))
    case 'month':
      return between(Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1))
  }
}

/** When the window that runs now began. Undefined: it runs from the key's first call. */
export const windowStart = (window: CalendarWindow, now: Date): Date | undefined => windowOf(window, now)?.start

/** When the window begins anew. Undefined: never. */
export const windowEnd = (window: CalendarWindow, now: Date): Date | undefined => windowOf(window, now)?.end

/** The moment that the browser's field for date and time means, in a zone: '2026-01-31T14:03'. */
export function fromLocalInput(text: string, zone: Zone): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(text)) return undefined
  const at = new Date(zone === 'utc' ? `${text}Z` : text)
  return Number.isNaN(at.getTime()) ? undefined : at
}
