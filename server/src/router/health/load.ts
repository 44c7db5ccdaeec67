/** How long the weight of the past takes to fall to a third. */
const decayMs = 10_000
/** What a first call may take, before any has told. */
const unknownMs = 1_000

/** Peak EWMA (Finagle): a wait that is longer than usual counts at once, and is forgotten slowly. */
export type Load = {
  readonly open: () => number
  /** Milliseconds that one more call may wait. */
  readonly at: (nowMs: number) => number
  readonly enter: () => void
  readonly leave: () => void
  readonly waited: (ms: number, nowMs: number) => void
}

export function openLoad(): Load {
  let open = 0
  let averageMs = 0
  let atMs = 0
  const weightAt = (nowMs: number) => Math.exp((atMs - nowMs) / decayMs)
  return {
    open: () => open,
    at: (nowMs) => (averageMs * weightAt(nowMs) || (open > 0 ? unknownMs : 0)) * (open + 1),
    enter() {
      open += 1
    },
    leave() {
      open -= 1
    },
    waited(ms, nowMs) {
      const weight = weightAt(nowMs)
      averageMs = ms > averageMs * weight ? ms : averageMs * weight + ms * (1 - weight)
      atMs = nowMs
    },
  }
}
