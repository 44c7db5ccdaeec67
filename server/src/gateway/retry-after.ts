/** `Retry-After` (RFC 9110, 10.2.3), and the milliseconds that OpenAI and Azure send beside it. */

const secondsMax = 3_600
const decimal = /^\d{1,15}(\.\d{1,15})?$/
const weekday = /^(mon|tue|wed|thu|fri|sat|sun)/i

/**
 * Seconds until an upstream wants to be asked again, at most an hour, with their fractions; `undefined` where it does not
 * say. A date is measured by the upstream's own clock, the `Date` of the same answer.
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>): number | undefined {
  const { 'retry-after-ms': ms = '', 'retry-after': text = '', date = '' } = headers
  const seconds = decimal.test(ms)
    ? Number(ms) / 1_000
    : decimal.test(text)
      ? Number(text)
      : (atMs(text) - atMs(date)) / 1_000
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), secondsMax)
}

/** For a header of ours: whole seconds, and not at once. */
export const wholeSeconds = (seconds: number): number => Math.max(1, Math.ceil(seconds))

/** All three forms of a date in HTTP are in GMT, though the oldest does not say so. `NaN` for anything else. */
const atMs = (text: string): number =>
  weekday.test(text) ? Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`) : Number.NaN
