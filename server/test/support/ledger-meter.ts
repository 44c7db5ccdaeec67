import { randomBytes } from 'node:crypto'
import { idSource, type Uuid } from '../../src/core/ids.ts'
import { nanoUsd } from '../../src/core/money.ts'
import {
  type BatchLane,
  openBatchLane,
  recoverLostCalls,
  registerProcess,
  setKeyBudget,
} from '../../src/credits/index.ts'
import { clock } from './clock.ts'
import { backendOf, median, processorUs } from './ledger-backend.ts'
import { makeId, reserveOf, settleOf } from './ledger-fixture.ts'
import type { Customer } from './ledger-growth.ts'
import type { OwnCluster } from './own-cluster.ts'
import { atEnd, type Scope } from './scope.ts'

/** What one operation costs the database by kind, in microseconds of its processor: medians. */
export type Figures = Readonly<Record<string, number>>

export type Meter = Awaited<ReturnType<typeof meterLedger>>

const batch = 64
const amount = nanoUsd(1_000n)

/** A lane and a recovering sibling, each with one session that it keeps, and what their batches of 64 cost the database. */
export async function meterLedger(scope: Scope, cluster: OwnCluster) {
  const [database, sibling, others] = await Promise.all([1, 1, 2].map((poolSize) => cluster.open({ poolSize })))
  const [self, doomed] = [makeId(), makeId()]
  const host = makeId()
  await registerProcess(others!.db, { id: self, host, pid: 1 })
  await registerProcess(others!.db, { id: doomed, host, pid: 2 })
  const [laneBackend, siblingBackend] = [await backendOf(database!), await backendOf(sibling!)]

  let agoMs = 0
  const now = (): Date => new Date(clock.nowMs() - agoMs)
  const makeCallId = idSource(
    { ...clock, nowMs: () => clock.nowMs() - agoMs },
    { bytes: (length) => randomBytes(length) },
  )
  /** Progress is written once a second; here it goes with the next batch. */
  const hasty = { ...clock, monotonicMs: () => clock.monotonicMs() * 1e6 }
  const lane = openBatchLane({ database: database!, processId: self, clock: hasty, ledgerNow: now })
  const doomedLane = openBatchLane({ database: others!, processId: doomed, clock, ledgerNow: now })
  atEnd(scope, () => Promise.all([lane.close(), doomedLane.close()]))

  let penniless: Customer | undefined
  let turn = 0
  const some = (customers: readonly Customer[]): Call[] =>
    Array.from({ length: batch }, () => ({ ...customers[turn++ % customers.length]!, id: makeCallId() }))

  const spent = async (backend: number, work: () => Promise<unknown>): Promise<number> => {
    const before = processorUs(backend)
    await work()
    return (processorUs(backend) - before) / batch
  }
  const recover = () => recoverLostCalls(sibling!.db, { processId: self, host, isGone: () => true }, now())

  async function sample(customers: readonly Customer[]): Promise<Record<string, number>> {
    const [calls, dear, lost] = [some(customers), some(customers), some(customers)]
    const refused = calls.map((call) => ({ ...call, ...penniless!, id: makeCallId() }))
    const figures: Record<string, number> = {}
    const measure = async (kind: string, work: () => Promise<unknown>, backend = laneBackend): Promise<void> => {
      figures[kind] = await spent(backend, work)
    }
    await measure('reserved', () => reserveAll(lane, calls, 'held'))
    await measure('grown', () => growAll(lane, calls))
    await measure('settled', () => settleAll(lane, calls, 900n, 'settled'))
    await measure('replayed', () => settleAll(lane, calls, 900n, 'replayed'))
    await measure('refused', () => reserveAll(lane, refused, 'refused'))
    await reserveAll(lane, dear, 'held')
    await measure('settled above', () => settleAll(lane, dear, 1_100n, 'settled'))
    await reserveAll(doomedLane, lost, 'held')
    await measure(
      'recovered',
      async () =>
        expectAll(
          (await recover()).map(() => 'recovered'),
          'recovered',
        ),
      siblingBackend,
    )
    return figures
  }

  // The first plans are made now, on whatever there is.
  const stranger = [{ account: makeId(), key: makeId(), id: makeCallId() }]
  await reserveAll(lane, stranger, 'unknown')
  await growAll(lane, stranger, 'unknown')
  await settleAll(lane, stranger, 900n, 'unknown')

  return {
    /** From now on the ledger's time is so long ago. */
    moveTo: (ms: number): void => void (agoMs = ms),
    /** Makes each kind of operation a few times, so that every statement has its plan. */
    async useBy(customers: readonly Customer[]): Promise<void> {
      const account = customers[0]!.account
      penniless = { account, key: makeId() }
      await setKeyBudget(others!.db, {
        keyId: penniless.key,
        accountId: account,
        limit: nanoUsd(0n),
        window: 'total',
        callCap: undefined,
      })
      for (let n = 0; n < 8; n++) await sample(customers)
    },
    async measure(customers: readonly Customer[], samples: number): Promise<Figures> {
      const taken: Record<string, number>[] = []
      for (let n = 0; n < samples; n++) taken.push(await sample(customers))
      const kinds = Object.keys(taken[0]!)
      return Object.fromEntries(kinds.map((kind) => [kind, median(taken.map((each) => each[kind]!))]))
    },
    /** Begins a call for each customer. */
    open: (customers: readonly Customer[]): Promise<void> =>
      reserveAll(
        lane,
        customers.map((customer) => ({ ...customer, id: makeCallId() })),
        'held',
      ),
    /** A call for each customer, in two batches. */
    async call(customers: readonly Customer[]): Promise<void> {
      const calls = customers.map((customer) => ({ ...customer, id: makeCallId() }))
      await reserveAll(lane, calls, 'held')
      await settleAll(lane, calls, 900n, 'settled')
    },
  }
}

type Call = Customer & { readonly id: Uuid }

async function reserveAll(lane: BatchLane, calls: readonly Call[], kind: string): Promise<void> {
  const reserved = calls.map(({ id, account, key }) => lane.reserve(reserveOf(id, account, key, amount)))
  expectAll(
    (await Promise.all(reserved)).map((each) => each.kind),
    kind,
  )
}

async function growAll(lane: BatchLane, calls: readonly Call[], kind = 'held'): Promise<void> {
  for (const { id } of calls) lane.checkpoint(id, { cost: nanoUsd(400n), units: { input: 100, output: 20 } })
  const request = { amountWanted: nanoUsd(2_000n), expiresAtMs: clock.nowMs() + 600_000 }
  const grown = await Promise.all(calls.map(({ id }) => lane.grow({ callId: id, ...request })))
  expectAll(
    grown.map((each) => each.kind),
    kind,
  )
}

async function settleAll(lane: BatchLane, calls: readonly Call[], cost: bigint, kind: string): Promise<void> {
  const settled = await Promise.all(calls.map(({ id }) => lane.settle(settleOf(id, nanoUsd(cost)))))
  expectAll(
    settled.map((each) => each.kind),
    kind,
  )
}

function expectAll(kinds: readonly string[], expected: string): void {
  const other = kinds.find((kind) => kind !== expected)
  if (other !== undefined) throw new Error(`a call was ${other}, not ${expected}`)
}
