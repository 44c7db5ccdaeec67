import { openWorkerLink } from '../worker/link.ts'

export type CountTalk = { readonly ask: { readonly texts: readonly string[] }; readonly reply: number }

/** Counts tokens off the main thread. */
export type TokenCounter = {
  /**
   * The tokens of all texts together by `o200k_base`, the tokenizer of OpenAI's newer models. Exact for any text whose runs
   * of letters, of signs and of white space have at most 256 characters; a longer run is cut every 256, and each cut changes
   * the count by a few tokens at most (up to two seen). Never rejects: where no exact count can be had (the thread broke twice, more than 64
   * million characters are waiting, or it is closed) it is a quarter of a token per byte, the average over English and code.
   */
  readonly count: (texts: readonly string[]) => Promise<number>
  /** Ends the thread. */
  readonly close: () => Promise<void>
}

const waitingUnitsMax = 64 * 1024 * 1024
const usualTokensPerByte = 0.25
const attemptsMax = 2

/** The thread and its table (65 MB) are loaded by the first count, in about 0.2 s. */
export function openTokenCounter(): TokenCounter {
  const link = openWorkerLink<CountTalk>(new URL('worker.ts', import.meta.url))
  let waitingUnits = 0
  let isClosed = false

  const ask = (texts: readonly string[], attempt: number): Promise<number> =>
    new Promise((resolve) => {
      link.ask(
        { texts },
        {
          onReply: resolve,
          onFault: () => resolve(attempt < attemptsMax && !isClosed ? ask(texts, attempt + 1) : estimate(texts)),
        },
      )
    })
  return {
    count: async (texts) => {
      const units = texts.reduce((sum, text) => sum + text.length, 0)
      if (units === 0) return 0
      if (isClosed || waitingUnits + units > waitingUnitsMax) return estimate(texts)
      waitingUnits += units
      try {
        return await ask(texts, 1)
      } finally {
        waitingUnits -= units
      }
    },
    close: () => {
      isClosed = true
      return link.close()
    },
  }
}

const estimate = (texts: readonly string[]): number =>
  Math.ceil(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) * usualTokensPerByte)
