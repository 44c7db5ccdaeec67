import type { Uuid } from '../core/ids.ts'
import type { Db } from '../platform/database/index.ts'
import { type ClaimOrder, type ClaimRow, makeClaims } from './store.ts'

type Waiting = {
  readonly order: ClaimOrder
  readonly resolve: (row: ClaimRow) => void
  readonly reject: (error: unknown) => void
}

const claimsAtOnce = 500

/**
 * Makes claims: those that come while some are being made are made together next, so that the first second of a minute,
 * in which every limited key asks for its share, is a few statements on one connection.
 */
export function openClaimQueue(db: Db, processId: Uuid): (order: ClaimOrder) => Promise<ClaimRow> {
  const queue: Waiting[] = []
  let isBusy = false

  async function run(): Promise<void> {
    isBusy = true
    while (queue.length > 0) {
      const batch = queue.splice(0, claimsAtOnce)
      try {
        const rows = await makeClaims(
          db,
          processId,
          batch.map(({ order }) => order),
        )
        for (const row of rows) batch[row.n]!.resolve(row)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    isBusy = false
  }

  return (order) =>
    new Promise((resolve, reject) => {
      queue.push({ order, resolve, reject })
      if (!isBusy) void run()
    })
}
