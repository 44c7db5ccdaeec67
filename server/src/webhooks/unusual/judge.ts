import { credits, type NanoUsd } from '../../core/money.ts'

const hourMs = 3_600_000
/** Whatever a key does in its first days is what it is for. */
const settlingMs = 72 * hourMs
/** A key that has done so many different things is one for trying things. */
const varietyMax = 8

/** What of one sort is known of a key. */
export type Known = {
  /** When the first of it was seen. */
  readonly since: Date
  /** How many there are, the newest among them. */
  readonly count: number
}

/** Whether what a key did first at some time is worth a word. */
export const isStrange = ({ since, count }: Known, at: Date): boolean =>
  count - 1 <= varietyMax && at.getTime() - since.getTime() >= settlingMs

/** How far back the usual hour is looked for. */
export const usualSpanMs = 14 * 24 * hourMs
const usualHoursLeast = 24
const surgeFactor = 5n
/** Ten cents: below it nobody wants to be woken. */
export const surgeLeast: NanoUsd = credits(200_000)

export type Hour = { readonly spent: NanoUsd; readonly usual: NanoUsd | undefined; readonly hours: number }

/** Whether an hour is far dearer than the usual one; who has no usual hour yet has no dear one. */
export const isSurge = ({ spent, usual, hours }: Hour): boolean =>
  usual !== undefined && hours >= usualHoursLeast && spent >= surgeLeast && spent >= usual * surgeFactor
