import type { Uuid } from '../../core/ids.ts'
import type { ResultRow } from '../store/batch.ts'
import type { GrowRequest, ReserveRequest, SettleRequest } from '../types.ts'

type Request =
  | { readonly kind: 'reserve'; readonly request: ReserveRequest }
  | { readonly kind: 'grow'; readonly request: GrowRequest }
  | { readonly kind: 'settle'; readonly request: SettleRequest }

/** An operation that waits for its batch, and how to tell its caller. */
export type Op = Request & { readonly resolve: (row: ResultRow) => void; readonly reject: (reason: unknown) => void }

export type OpQueue = {
  readonly push: (op: Op) => void
  /** The next batch: the oldest operations, at most `opsMax`, each of another call. Later ones of a call wait their turn. */
  readonly take: (opsMax: number) => Op[]
  readonly size: () => number
}

export function opQueue(): OpQueue {
  let waiting: Op[] = []
  return {
    push: (op) => void waiting.push(op),
    take(opsMax) {
      const calls = new Set<Uuid>()
      const later: Op[] = []
      let at = 0
      const batch: Op[] = []
      for (; at < waiting.length && batch.length < opsMax; at++) {
        const op = waiting[at]!
        if (calls.has(op.request.callId)) {
          later.push(op)
        } else {
          calls.add(op.request.callId)
          batch.push(op)
        }
      }
      waiting = later.concat(waiting.slice(at))
      return batch
    },
    size: () => waiting.length,
  }
}
