import type { Exchange } from '../../platform/http/index.ts'
import type { RecordedAnswer } from './recorded-answer.ts'

/** What has gone over the wire of an answer so far. */
export type Tape = {
  /** Notes the head; `false` when there is one. */
  readonly start: (head: Omit<RecordedAnswer, 'body'>) => boolean
  readonly push: (piece: Buffer) => void
  /** Says that nothing follows, or that the rest will never come; `false` when that was said before. */
  readonly end: (how: 'whole' | 'broken') => boolean
  readonly status: () => number | undefined
  readonly isOver: () => boolean
  /** Whether it can still be given from its beginning. */
  readonly isPlayable: () => boolean
  /** Gives what there is so far of an answer that has not ended. */
  readonly play: (to: Exchange) => void
  /** The answer, once it has ended well. */
  readonly recorded: () => RecordedAnswer | undefined
}

/** Keeps at most `bytesMax` of an answer in pieces; of a longer one nothing. */
export function openTape(bytesMax: number): Tape {
  let head: Omit<RecordedAnswer, 'body'> | undefined
  let pieces: Buffer[] | undefined = []
  let size = 0
  let state: 'open' | 'whole' | 'broken' = 'open'

  return {
    start(given) {
      if (head) return false
      head = given
      return true
    },
    push(piece) {
      size += piece.length
      if (size > bytesMax) pieces = undefined
      else pieces?.push(piece)
    },
    end(how) {
      if (state !== 'open') return false
      state = how
      return true
    },
    status: () => head?.status,
    isOver: () => state !== 'open',
    isPlayable: () => pieces !== undefined,
    play(to) {
      if (!head || !pieces) return
      to.begin(head.status, head.headers)
      for (const piece of pieces) to.write(piece)
    },
    recorded: () => (head && pieces && state === 'whole' ? { ...head, body: Buffer.concat(pieces) } : undefined),
  }
}
