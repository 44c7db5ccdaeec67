/** How long the weight of the past takes to fall to a third. */
const decayMs = 10_000
/** What a first call may take, before any has told. */
const unknownMs = 1_000

/** Peak EWMA (Finagle): a wait that is longer than usual counts at once, and is forgotten slowly. */
export type Load = {
  readonly open: () => number
  /** Milliseconds that one more call may wait. */
  readonly at: (nowMs: number) => number
  /** Whether several calls wait, and all but a few have had no byte for far longer than usual. */
  readonly isSilent: (nowMs: number) => boolean
  readonly enter: (nowMs: number) => void
  /** A call stops waiting; `heard`: the provider has spoken, rather than time run out or the caller left. */
  readonly waited: (ms: number, nowMs: number, heard: boolean) => void
  readonly leave: () => void
}

/** So many have to wait, and so many times as long as usual; at least so long, and longer where nothing is known. */
const silentCalls = 3
const silentTimes = 3
const silentMsMin = 2_000
const silentMsUnknown = 30_000
/** How much one more wait counts for what is usual. */
const usualWeight = 0.1

export function openLoad(): Load {
  let open = 0
  let waiting = 0
  let silentSinceMs = 0
  let usualMs = 0
  let averageMs = 0
  let atMs = 0
  const weightAt = (nowMs: number) => Math.exp((atMs - nowMs) / decayMs)
  return {
    open: () => open,
    at: (nowMs) => (averageMs * weightAt(nowMs) || (open > 0 ? unknownMs : 0)) * (open + 1),
    isSilent(nowMs) {
      const bearable = usualMs === 0 ? silentMsUnknown : Math.max(silentMsMin, usualMs * silentTimes)
      return waiting >= silentCalls && nowMs - silentSinceMs > bearable
    },
    enter(nowMs) {
      open += 1
      if (waiting === 0) silentSinceMs = nowMs
      waiting += 1
    },
    leave() {
      open -= 1
    },
    waited(ms, nowMs, heard) {
      waiting -= 1
      if (heard) {
        // A byte ends the silence of the few: where many wait, as good as nobody is answered.
        silentSinceMs += (nowMs - silentSinceMs) * Math.min(1, silentCalls / (waiting + 1))
        usualMs = usualMs === 0 ? ms : usualMs + (ms - usualMs) * usualWeight
      }
      const weight = weightAt(nowMs)
      averageMs = ms > averageMs * weight ? ms : averageMs * weight + ms * (1 - weight)
      atMs = nowMs
    },
  }
}
