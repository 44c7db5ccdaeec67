/** `late`: far longer than usual; `slow`: so did most of the last ones. */
export type Came = 'in-time' | 'late' | 'slow'

/** Whether the streams of an offer begin when they usually do. */
export type Pace = {
  /** Notes how long one waited for its first byte. */
  readonly begun: (waitedMs: number, nowMs: number) => Came
}

/** So many times as long as usual is late; below this, nobody minds. */
const lateTimes = 3
const lateMsMin = 2_000
/** Of so many, so many late ones: where waits always differ, no more than a third are above three times their mean. */
const lastCount = 10
const lateCount = 8
/** How long what is usual takes to become another by two thirds; and the most that one wait counts after long silence. */
const usualOverMs = 10 * 60_000
const weightMax = 0.1

export function openPace(): Pace {
  let count = 0
  let usualMs = 0
  let atMs = 0
  let last: readonly boolean[] = []
  return {
    begun(waitedMs, nowMs) {
      const isLate = count > 0 && waitedMs > Math.max(lateMsMin, usualMs * lateTimes)
      count += 1
      const weight = Math.min(weightMax, 1 - Math.exp((atMs - nowMs) / usualOverMs))
      usualMs += (waitedMs - usualMs) * Math.max(weight, 1 / count)
      atMs = nowMs
      last = [...last.slice(1 - lastCount), isLate]
      if (last.filter(Boolean).length < lateCount) return isLate ? 'late' : 'in-time'
      last = []
      return 'slow'
    },
  }
}
