/** Counters in slices of time: adding is one increment, and what is older than all slices is forgotten by itself. */
export type Ring = {
  readonly add: (column: number, nowMs: number) => void
  /** The sums of some columns over the last `spanMs`, from `first` on, into `sums`; nothing is changed by reading. */
  readonly sumInto: (
    sums: { length: number; [at: number]: number },
    first: number,
    spanMs: number,
    nowMs: number,
  ) => void
  readonly sum: (column: number, spanMs: number, nowMs: number) => number
}

export type RingOptions = { readonly slices: number; readonly sliceMs: number; readonly columns: number }

export function openRing({ slices, sliceMs, columns }: RingOptions): Ring {
  const counts = new Uint32Array(slices * columns)
  let newest = -1

  function turnTo(slice: number): void {
    if (slice <= newest) return
    const stale = Math.min(slices, newest < 0 ? 0 : slice - newest)
    for (let back = 0; back < stale; back++) {
      const at = ((slice - back) % slices) * columns
      counts.fill(0, at, at + columns)
    }
    newest = slice
  }

  /** Calls `read` with where each slice of the span begins. */
  function each(spanMs: number, nowMs: number, read: (at: number) => void): void {
    const current = Math.floor(nowMs / sliceMs)
    const oldest = Math.max(current - Math.ceil(spanMs / sliceMs) + 1, newest - slices + 1, 0)
    for (let slice = Math.min(newest, current); slice >= oldest; slice--) read((slice % slices) * columns)
  }

  return {
    add(column, nowMs) {
      turnTo(Math.floor(nowMs / sliceMs))
      counts[(newest % slices) * columns + column]! += 1
    },
    sumInto(sums, first, spanMs, nowMs) {
      each(spanMs, nowMs, (at) => {
        for (let column = 0; column < sums.length; column++) sums[column]! += counts[at + first + column]!
      })
    },
    sum(column, spanMs, nowMs) {
      let total = 0
      each(spanMs, nowMs, (at) => {
        total += counts[at + column]!
      })
      return total
    },
  }
}
