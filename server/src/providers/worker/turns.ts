/** Work that can be left and taken up again between any two steps. */
export type Steps = Iterator<unknown, void> | AsyncIterator<unknown, void>

/**
 * Lets many pieces of work share one thread: each does a step when its turn comes, and messages are heard after every
 * step, so that none waits for the end of another. At most `runningMax` take turns; the others wait in order. A step that
 * throws ends the thread.
 */
export function openTurns(runningMax = Infinity): (work: Steps) => void {
  const running: Steps[] = []
  const waiting: Steps[] = []
  let isTurning = false

  const takeTurns = async () => {
    isTurning = true
    // Whoever added the first work goes on before it begins.
    await new Promise(setImmediate)
    for (;;) {
      while (running.length < runningMax && waiting.length > 0) running.push(waiting.shift()!)
      const work = running.shift()
      if (!work) break
      if ((await work.next()).done !== true) running.push(work)
      await new Promise(setImmediate)
    }
    isTurning = false
  }
  return (work) => {
    waiting.push(work)
    if (!isTurning) void takeTurns()
  }
}
