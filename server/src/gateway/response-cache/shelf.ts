import type { CachedAnswer } from './cached-answer.ts'

/** The answers of the cache that this process keeps in memory; the least recently used make room. */
export type Shelf = {
  readonly take: (key: string, nowMs: number) => CachedAnswer | undefined
  readonly put: (key: string, answer: CachedAnswer) => void
  readonly drop: (key: string) => void
  readonly clear: () => void
}

export function openShelf(bytesMax: number): Shelf {
  // Maps keep the order of insertion: the first entry is the one that was used longest ago.
  const answers = new Map<string, CachedAnswer>()
  let bytes = 0

  function drop(key: string): void {
    const answer = answers.get(key)
    if (!answer) return
    answers.delete(key)
    bytes -= sizeOf(answer)
  }

  return {
    take(key, nowMs) {
      const answer = answers.get(key)
      if (!answer) return undefined
      drop(key)
      if (answer.expiresAtMs <= nowMs) return undefined
      answers.set(key, answer)
      bytes += sizeOf(answer)
      return answer
    },
    put(key, answer) {
      drop(key)
      answers.set(key, answer)
      bytes += sizeOf(answer)
      for (const oldest of answers.keys()) {
        if (bytes <= bytesMax) break
        drop(oldest)
      }
    },
    drop,
    clear() {
      answers.clear()
      bytes = 0
    },
  }
}

/** V8 keeps a text in one byte a character, or in two. */
const sizeOf = ({ text }: CachedAnswer): number => 2 * text.length + 500
