import { InvalidArgumentError } from 'commander'
import { isAmount } from './amounts.ts'

/** Readers of what is given on the command line; commander shows what they throw as wrong usage. */

export function readAmount(text: string): string {
  const plain = text.replaceAll(/[,_]/g, '')
  if (!isAmount(plain)) throw new InvalidArgumentError('It must be a plain decimal such as 1000 or 0.002.')
  return plain
}

/** `none` takes a limit away. */
export const readAmountOrNone = (text: string): string => (text === 'none' ? text : readAmount(text))

export function readCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number, at least 1.')
  return Number(text)
}

/** A limit of calls or tokens: `none` is no limit, `default` is what the server is set to. */
export const readRate = (text: string): number | 'default' =>
  text === 'none' ? 0 : text === 'default' ? text : readCount(text)

/** Names with commas between; `all` takes a restriction away. */
export function readNames(text: string): string[] | 'all' {
  if (text === 'all') return text
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('')) throw new InvalidArgumentError('It must be names with commas between, or all.')
  return names
}

/** A span such as `90m`, `12h`, `30d` or `2w` in seconds; `0` is none. */
export function readSpanSeconds(text: string): number {
  if (text === '0') return 0
  const [, count, unit] = /^(\d{1,4})([mhdw])$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It must be like 90m, 12h, 30d, 2w, or 0.')
  return (Number(count) * { m: 60_000, ...unitMs }[unit as 'm' | keyof typeof unitMs]) / 1_000
}

/** For how long an answer is cached: seconds such as `300s`, a span up to `24h`, or `off`. */
export function readCacheSpan(text: string): number | 'off' {
  if (text === 'off') return text
  const [, count] = /^(\d{1,5})s$/.exec(text) ?? []
  const seconds = count === undefined ? readSpanSeconds(text) : Number(count)
  if (seconds >= 1 && seconds <= 86_400) return seconds
  throw new InvalidArgumentError('It must be from 1s to 24h, or off.')
}

export function readTemperature(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 2)) throw new InvalidArgumentError('It must be from 0 to 2.')
  return value
}

const unitMs = { h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** A moment that may be relative to now. */
export type Moment = (nowMs: number) => string

/** Reads `2026-01-31` (its first moment, UTC), `2026-01-31T12:00:00Z`, or a span from now such as `12h`, `30d`, `2w`. */
const readMoment =
  (direction: -1 | 1) =>
  (text: string): Moment => {
    const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(text) ?? []
    if (count !== undefined) {
      const spanMs = Number(count) * unitMs[unit as keyof typeof unitMs]
      return (nowMs) => new Date(nowMs + direction * spanMs).toISOString()
    }
    const timeMs = /^\d{4}-\d{2}-\d{2}(T.*(Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(timeMs)) return () => new Date(timeMs).toISOString()
    throw new InvalidArgumentError('It must be like 2026-01-31, 2026-01-31T12:00:00Z, 12h, 30d or 2w.')
  }

/** A moment to come; spans count forward. */
export const readFuture = readMoment(1)

/** A moment gone by; spans count back. */
export const readPast = readMoment(-1)

/** `never` takes an expiry away. */
export const readFutureOrNever = (text: string): Moment | (() => null) =>
  text === 'never' ? () => null : readFuture(text)

/** A time as tables show it: to the minute, UTC. */
export const shortTime = (time: string): string => time.slice(0, 16).replace('T', ' ')
