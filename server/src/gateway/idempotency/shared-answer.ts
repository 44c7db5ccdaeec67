import type { Exchange } from '../../platform/http/index.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import { openTape, type Tape } from './tape.ts'

/** The answer of one call, given to its caller and to all who repeat its request meanwhile. */
export type SharedAnswer = {
  /** Where the call writes its answer. */
  readonly exchange: Exchange
  readonly isOver: () => boolean
  /**
   * Gives an answer that is not over from its beginning, then as it comes. Resolves when it has ended or that caller has
   * gone; `undefined` when more of it has gone by than is kept.
   */
  readonly join: (exchange: Exchange) => Promise<void> | undefined
  /** As it was sent; `undefined` before. */
  readonly status: () => number | undefined
  /** The whole answer, once it has ended well; `undefined` if it is too long to be kept. */
  readonly recorded: () => RecordedAnswer | undefined
}

export type SharedAnswerOptions = {
  readonly exchange: Exchange
  /** Headers that every answer of the call carries. */
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of the answer that are kept for those who join later, and that one of them may lag behind. */
  readonly bytesMax: number
  /** Called when the last caller has gone. */
  readonly onDeserted: () => void
}

export function shareAnswer({ exchange, headers, bytesMax, onDeserted }: SharedAnswerOptions): SharedAnswer {
  const tape = openTape(bytesMax)
  const crowd = openCrowd(bytesMax)
  let isFirstThere = true
  exchange.onAbort(() => {
    isFirstThere = false
    if (crowd.size() === 0 && !crowd.isServed()) onDeserted()
  })
  return {
    exchange: sharingExchange(exchange, headers, tape, crowd),
    join(to) {
      if (!tape.isPlayable()) return undefined
      tape.play(to)
      return crowd.enter(to, () => {
        if (crowd.size() === 0 && !isFirstThere) onDeserted()
      })
    },
    isOver: tape.isOver,
    status: tape.status,
    recorded: tape.recorded,
  }
}

/** Writes to the first caller, to the tape, and to the crowd. */
function sharingExchange(
  exchange: Exchange,
  headers: SharedAnswerOptions['headers'],
  tape: Tape,
  crowd: Crowd,
): Exchange {
  return {
    ...exchange,
    send(status, own, body) {
      if (!tape.start({ status, headers: { ...own, ...headers }, streamed: false })) return
      exchange.send(status, own, body)
      const bytes = bytesOf(body)
      tape.push(bytes)
      tape.end('whole')
      crowd.dismiss((to) => to.send(status, { ...own, ...headers }, bytes))
    },
    begin(status, own) {
      if (!tape.start({ status, headers: { ...own, ...headers }, streamed: true })) return
      exchange.begin(status, own)
      crowd.begin(status, { ...own, ...headers })
    },
    write(piece) {
      const bytes = bytesOf(piece)
      tape.push(bytes)
      crowd.write(bytes)
      return exchange.write(piece)
    },
    end() {
      exchange.end()
      if (tape.end('whole')) crowd.dismiss((to) => to.end())
    },
    destroy() {
      exchange.destroy()
      if (tape.end('broken')) crowd.dismiss((to) => to.destroy())
    },
  }
}

const bytesOf = (piece: string | Buffer): Buffer => (typeof piece === 'string' ? Buffer.from(piece) : piece)

/** Those who joined and are still there. */
type Crowd = {
  readonly size: () => number
  /** Whether any of them was given the end of the answer. */
  readonly isServed: () => boolean
  /** Resolves when that caller has been dismissed or has gone by itself; the latter is told first. */
  readonly enter: (exchange: Exchange, onLeft: () => void) => Promise<void>
  readonly begin: Exchange['begin']
  readonly write: (piece: Buffer) => void
  readonly dismiss: (tell: (exchange: Exchange) => void) => void
}

/** Whoever lags behind by more than `lagBytesMax` is cut off, so that it holds up nobody and fills no memory. */
function openCrowd(lagBytesMax: number): Crowd {
  type Member = { readonly exchange: Exchange; readonly leave: () => void; lagBytes: number }
  const members = new Set<Member>()

  let isServed = false

  function dismiss(tell: (exchange: Exchange) => void): void {
    for (const { exchange, leave } of members) {
      tell(exchange)
      leave()
      isServed = true
    }
  }

  return {
    size: () => members.size,
    isServed: () => isServed,
    enter: (exchange, onLeft) =>
      new Promise((resolve) => {
        const member: Member = {
          exchange,
          lagBytes: 0,
          leave() {
            members.delete(member)
            resolve()
          },
        }
        members.add(member)
        exchange.onAbort(() => {
          if (!members.has(member)) return
          member.leave()
          onLeft()
        })
      }),
    begin(status, headers) {
      for (const { exchange } of members) exchange.begin(status, headers)
    },
    write(piece) {
      for (const member of members) {
        member.lagBytes = member.exchange.write(piece) ? 0 : member.lagBytes + piece.length
        if (member.lagBytes <= lagBytesMax) continue
        member.exchange.destroy()
        member.leave()
      }
    },
    dismiss,
  }
}
