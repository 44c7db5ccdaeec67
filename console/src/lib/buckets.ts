import type { Span } from './range.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const steps = [1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs)
const longSteps = [1, 2, 3, 6, 12].map((hours) => hours * hourMs)
const days = [1, 2, 7, 14, 28].map((count) => count * dayMs)
const roundSteps = [...steps, ...longSteps, ...days]

/** Equal bars of a round length over a span, at most `most` of them; the last one may reach into the future. */
export function barsOf(span: Span, now: Date, most = 72) {
  const from = Date.parse(span.from)
  const length = Math.max(minuteMs, (span.to === undefined ? now.getTime() : Date.parse(span.to)) - from)
  const stepMs = roundSteps.find((step) => length <= step * most) ?? Math.ceil(length / most / dayMs) * dayMs
  // An end that was named is kept, so that the bars tell of the very calls that are meant.
  if (span.to !== undefined && length % stepMs !== 0) {
    const bars = Math.min(most, Math.max(1, Math.round(length / stepMs)))
    return { bars, stepMs: length / bars, to: span.to }
  }
  const bars = Math.ceil(length / stepMs)
  return { bars, stepMs, to: new Date(from + bars * stepMs).toISOString() }
}
