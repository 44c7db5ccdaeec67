/**
 * Limits per minute count in minutes of the clock. A minute is a label: a share is taken for one label and is worth
 * nothing under another, so the shares of a label never add up to more than its limit, however clocks differ.
 */
const minuteMs = 60_000

export const minuteOf = (nowMs: number): number => Math.floor(nowMs / minuteMs)

export const endOf = (minute: number): number => (minute + 1) * minuteMs

/** Whole seconds until a time, at least one: for `Retry-After`. */
export const secondsUntil = (atMs: number, nowMs: number): number => Math.max(1, Math.ceil((atMs - nowMs) / 1_000))
