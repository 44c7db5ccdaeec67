import type { Zone } from './time.ts'

/** Spans of time that move on with the clock. */
export const presets = ['1h', '24h', '7d', '30d', '90d', 'month', 'last-month'] as const
export type Preset = (typeof presets)[number]

export const presetNames = {
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  '90d': 'Last 90 days',
  month: 'This month',
  'last-month': 'Last month',
} as const satisfies Record<Preset, string>

/** What an address says of the time a page looks at: a name, or moments; an open end is now. */
export type RangeSearch = {
  readonly range?: Preset | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** From a moment (RFC 3339) until another, or until now. */
export type Span = { readonly from: string; readonly to: string | undefined }

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/**
 * The moments that an address means. A span that moves with the clock begins at a round moment, so that it stays the same
 * for a while: whole days and months are those of the zone, today is one of the days.
 */
export function spanOf({ range, from, to }: RangeSearch, fallback: Preset, now: Date, zone: Zone): Span {
  if (range === undefined && from !== undefined)
    return { from: new Date(from).toISOString(), to: to === undefined ? undefined : new Date(to).toISOString() }
  const preset = range ?? fallback
  const days = { '7d': 6, '30d': 29, '90d': 89 }
  switch (preset) {
    case '1h':
      return since(floorTo(now.getTime() - 60 * minuteMs, minuteMs))
    case '24h':
      return since(floorTo(now.getTime() - dayMs, 5 * minuteMs))
    case '7d':
    case '30d':
    case '90d':
      return since(calendar(now, zone, { days: -days[preset] }))
    case 'month':
      return since(calendar(now, zone, { months: 0 }))
    case 'last-month':
      return {
        from: calendar(now, zone, { months: -1 }).toISOString(),
        to: calendar(now, zone, { months: 0 }).toISOString(),
      }
  }
}

const since = (from: Date): Span => ({ from: from.toISOString(), to: undefined })
const floorTo = (ms: number, step: number) => new Date(ms - (ms % step))

/** The start of a day so many days away, or of a month so many months away, in the zone. */
function calendar(now: Date, zone: Zone, away: { readonly days: number } | { readonly months: number }): Date {
  if ('days' in away)
    return zone === 'utc'
      ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + away.days))
      : new Date(now.getFullYear(), now.getMonth(), now.getDate() + away.days)
  return zone === 'utc'
    ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + away.months, 1))
    : new Date(now.getFullYear(), now.getMonth() + away.months, 1)
}

/** How long a span is by now, in milliseconds. */
export const lengthMs = ({ from, to }: Span, now: Date): number =>
  Math.max(0, (to === undefined ? now.getTime() : Date.parse(to)) - Date.parse(from))

/** The name of a zone for the API, which knows IANA's. */
export const zoneId = (zone: Zone): string =>
  zone === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone

/** A moment as `<input type="datetime-local">` writes it, in the zone. */
export function toInputText(at: string, zone: Zone): string {
  const date = new Date(at)
  const shifted = zone === 'utc' ? date : new Date(date.getTime() - date.getTimezoneOffset() * minuteMs)
  return shifted.toISOString().slice(0, 16)
}

/** The moment that such a text means in the zone; undefined for none. */
export function fromInputText(text: string, zone: Zone): string | undefined {
  const date = new Date(zone === 'utc' ? `${text}Z` : text)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
