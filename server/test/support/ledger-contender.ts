/** One of the processes of ledger-limits.test.ts: it has a lane of its own and does as its parent says. */
import type { Uuid } from '../../src/core/ids.ts'
import { add, type NanoUsd, zero } from '../../src/core/money.ts'
import { openBatchLane, registerProcess } from '../../src/credits/index.ts'
import { type Connection, openDatabase } from '../../src/platform/database/index.ts'
import { clock } from './clock.ts'
import { makeId, reserveOf, settleOf } from './ledger-fixture.ts'

export type Order =
  | { readonly kind: 'open'; readonly connection: Connection }
  /** Attempts to hold `amount`, or more if `wanted` says so, all at once and over the keys in turn. */
  | {
      readonly kind: 'attempt'
      readonly attempts: number
      readonly accountId: Uuid
      readonly keyIds: readonly Uuid[]
      readonly amount: NanoUsd
      readonly wanted?: NanoUsd
    }
  /** Settles all that is held: every second call at its full amount, the others at nothing. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'close' }

export type Tally = {
  /** Calls that were held, or settled at a price, by key; and their amounts. */
  readonly calls: Map<Uuid, number>
  readonly amounts: Map<Uuid, NanoUsd>
  readonly refused: { account: number; key: number }
  /** Whatever is neither granted nor refused, and every time that a batch had to be sent again. */
  readonly faults: string[]
}

const emptyTally = (): Tally => ({ calls: new Map(), amounts: new Map(), refused: { account: 0, key: 0 }, faults: [] })

let contender: ReturnType<typeof open> | undefined

process.on('message', (order: Order) => {
  void obey(order).then((tally) => process.send!(tally))
})
process.on('disconnect', () => process.exit())

async function obey(order: Order): Promise<Tally> {
  if (order.kind === 'open') contender = open(order.connection)
  const self = contender!
  switch (order.kind) {
    case 'open':
      await self.register()
      return emptyTally()
    case 'attempt':
      return self.attempt(order)
    case 'settle':
      return self.settle()
    case 'close':
      await self.close()
      return emptyTally()
  }
}

function open(connection: Connection) {
  const processId = makeId()
  const database = openDatabase({ connection, poolSize: 2 })
  const faults: string[] = []
  const log = (message: string, error: unknown) => void faults.push(`${message}: ${String(error)}`)
  const lane = openBatchLane({ database, processId, clock, log })
  let held: { callId: Uuid; keyId: Uuid; amount: NanoUsd }[] = []

  const count = (tally: Tally, keyId: Uuid, amount: NanoUsd): void => {
    tally.calls.set(keyId, (tally.calls.get(keyId) ?? 0) + 1)
    tally.amounts.set(keyId, add(tally.amounts.get(keyId) ?? zero, amount))
  }
  const told = (tally: Tally): Tally => ({ ...tally, faults: [...tally.faults, ...faults.splice(0)] })

  return {
    register: () => registerProcess(database.db, { id: processId, host: 'test', pid: process.pid }),
    async attempt({ attempts, accountId, keyIds, amount, wanted }: Extract<Order, { kind: 'attempt' }>) {
      const tally = emptyTally()
      const one = async (n: number): Promise<void> => {
        const callId = makeId()
        const keyId = keyIds[n % keyIds.length]!
        const reserved = await lane.reserve(reserveOf(callId, accountId, keyId, amount, wanted))
        if (reserved.kind === 'held') {
          held.push({ callId, keyId, amount: reserved.amount })
          count(tally, keyId, reserved.amount)
        } else if (reserved.kind === 'refused' && reserved.limit !== 'call') tally.refused[reserved.limit]++
        else tally.faults.push(JSON.stringify(reserved))
      }
      const all = await Promise.allSettled(Array.from({ length: attempts }, (_, n) => one(n)))
      for (const outcome of all) if (outcome.status === 'rejected') tally.faults.push(String(outcome.reason))
      return told(tally)
    },
    async settle() {
      const tally = emptyTally()
      const unsettled = held
      held = []
      const one = async ({ callId, keyId, amount }: (typeof unsettled)[number], n: number): Promise<void> => {
        const cost = n % 2 === 0 ? amount : zero
        const settled = await lane.settle(settleOf(callId, cost))
        if (settled.kind !== 'settled' || settled.charged !== cost || settled.shortfall !== zero)
          tally.faults.push(`${callId} at ${cost}: ${settled.kind}`)
        else if (cost > zero) count(tally, keyId, cost)
      }
      const all = await Promise.allSettled(unsettled.map(one))
      for (const outcome of all) if (outcome.status === 'rejected') tally.faults.push(String(outcome.reason))
      return told(tally)
    },
    async close() {
      await lane.close()
      await database.close()
    },
  }
}
