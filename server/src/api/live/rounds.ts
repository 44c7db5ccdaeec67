export type Rounds = {
  /** Goes on, where it had stopped because nobody wanted it. */
  readonly wake: () => void
  /** Resolves when the last round has ended. */
  readonly stop: () => Promise<void>
}

export type RoundsOptions = {
  readonly work: () => Promise<void>
  /** From the end of one round to the beginning of the next. */
  readonly everyMs: number
  readonly isWanted: () => boolean
  readonly onFault: (error: unknown) => void
}

/** Does the same again and again while it is wanted, never twice at once. */
export function openRounds({ work, everyMs, isWanted, onFault }: RoundsOptions): Rounds {
  let timer: NodeJS.Timeout | undefined
  let round = Promise.resolve()
  let stopped = false
  const wake = () => {
    if (timer !== undefined || stopped || !isWanted()) return
    timer = setTimeout(() => {
      round = work()
        .catch(onFault)
        .then(() => {
          timer = undefined
          wake()
        })
    }, everyMs)
  }
  return {
    wake,
    stop() {
      stopped = true
      clearTimeout(timer)
      return round
    },
  }
}
