import assert from 'node:assert/strict'
import fc from 'fast-check'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import { nanoUsd } from '../../core/money.ts'
import {
  balanceOf,
  type BatchLane,
  correct,
  expireLots,
  findKeySpends,
  grant,
  limitWindows,
  type LimitWindow,
  lotsOf,
  openHoldsOf,
  recoverLostCalls,
  registerProcess,
  setAccountFrozen,
  setKeyBudget,
} from '../index.ts'
import { reserveOf, settleOf, type TestLedger } from './ledger.ts'
import * as model from './model.ts'

/** One account of the real ledger, with two keys, driven beside the model. */
export type Real = {
  readonly ledger: TestLedger
  readonly lane: BatchLane
  readonly processId: Uuid
  readonly accountId: Uuid
  readonly keyIds: readonly Uuid[]
  /** Everything that was asked so far, to be asked again. */
  readonly asked: model.ModelOp[]
}

export type Command = fc.AsyncCommand<model.Model, Real>

const host = 'model-test'

/** A new account with some credits and two keys without limits, and the model of it. */
export async function openBoth(ledger: TestLedger, lane: BatchLane, processId: Uuid) {
  const { accountId, keyId } = await ledger.customer()
  const keyIds = [keyId, await ledger.addKey(accountId)]
  const real: Real = { ledger, lane, processId, accountId, keyIds, asked: [] }
  const unlimited = { limit: undefined, window: 'total', cap: undefined } as const
  const twin = model.newModel(ledger.now().getTime(), [unlimited, unlimited])
  await creditBoth(twin, real, 150n, undefined)
  return { model: twin, real }
}

/** A step that anything may follow; afterwards the ledger and the model agree on all that can be read. */
const step = (name: string, run: (m: model.Model, r: Real) => Promise<void>): Command => ({
  check: () => true,
  run: async (m, r) => {
    await run(m, r)
    await compare(m, r)
  },
  toString: () => name,
})

async function compare(m: model.Model, { ledger, accountId, keyIds }: Real): Promise<void> {
  const { db } = ledger
  const [balance, spends, lots, holds] = await Promise.all([
    balanceOf(db, accountId),
    findKeySpends(db, keyIds, ledger.now()),
    lotsOf(db, accountId),
    openHoldsOf(db, accountId),
  ])
  assert.deepEqual([balance?.available, balance?.held], [model.freeOf(m), model.heldOf(m)])
  assert.ok(model.freeOf(m) >= 0n)
  const byId = new Map(spends.map((spend) => [spend.keyId, spend]))
  for (const [keyAt, keyId] of keyIds.entries()) {
    const { windowSpent, windowHeld } = byId.get(keyId)!
    assert.deepEqual([windowSpent, windowHeld], [model.windowSpentOf(m, keyAt), model.windowHeldOf(m, keyAt)])
  }
  assert.deepEqual(
    lots.map(({ transferId, left }) => [transferId, left]),
    m.lots.map(({ id, left }) => [id, left]),
  )
  const open = [...m.calls].filter(([, { charge }]) => !charge).map(([callId, { amount }]) => [callId, amount])
  assert.deepEqual(holds.map(({ callId, amount }) => [callId, amount]).toSorted(byFirst), open.toSorted(byFirst))
}

const byFirst = ([a]: unknown[], [b]: unknown[]): number => String(a).localeCompare(String(b))

/** What a test wants to do; which call is meant is settled when it runs. */
type Wish =
  | { kind: 'reserve'; key: number; min: bigint; extra: bigint; minutes: number }
  | { kind: 'grow'; call: number; wanted: bigint; minutes: number }
  | { kind: 'settle'; call: number; cost: bigint }
  | { kind: 'again'; op: number }

const amount = fc.bigInt({ min: 0n, max: 60n })
const small = fc.nat({ max: 1_000 })
const minutes = fc.constantFrom(0, 10, 100, 3_000)
const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('reserve'), key: fc.nat(1), min: amount, extra: amount, minutes }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('grow'), call: small, wanted: amount, minutes }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('settle'), call: small, cost: amount }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('again'), op: small }) },
)

function opOf(chosen: Wish, m: model.Model, { ledger, asked }: Real): model.ModelOp | undefined {
  const calls = [...m.calls.keys()]
  switch (chosen.kind) {
    case 'reserve': {
      const { key: keyAt, min, extra } = chosen
      const expiresMs = m.nowMs + chosen.minutes * 60_000
      return { kind: 'reserve', callId: ledger.makeId(), keyAt, min, wanted: min + extra, expiresMs }
    }
    case 'grow': {
      const callId = calls[chosen.call % calls.length]
      const expiresMs = m.nowMs + chosen.minutes * 60_000
      return callId === undefined ? undefined : { kind: 'grow', callId, wanted: chosen.wanted, expiresMs }
    }
    case 'settle': {
      const callId = calls[chosen.call % calls.length]
      return callId === undefined ? undefined : { kind: 'settle', callId, cost: chosen.cost }
    }
    case 'again':
      return asked[chosen.op % asked.length]
  }
}

async function ask(op: model.ModelOp, { lane, accountId, keyIds }: Real): Promise<object> {
  switch (op.kind) {
    case 'reserve': {
      const { callId, keyAt, min, wanted, expiresMs } = op
      const more = { amountMin: nanoUsd(min), expiresAtMs: expiresMs }
      return lane.reserve(reserveOf({ accountId, keyId: keyIds[keyAt]! }, callId, wanted, more)).catch(skewed)
    }
    case 'grow':
      return lane.grow({ callId: op.callId, amountWanted: nanoUsd(op.wanted), expiresAtMs: op.expiresMs })
    case 'settle':
      return lane.settle(settleOf(op.callId, op.cost))
  }
}

function skewed(error: unknown): object {
  if (error instanceof AppError && /clocks/.test(error.message)) return { kind: 'skewed' }
  throw error
}

/** One batch: operations on different calls, new ones or any that was asked before. */
const batch = fc.array(wish, { minLength: 1, maxLength: 6 }).map((wishes) =>
  step(`batch(${fc.stringify(wishes)})`, async (m, r) => {
    const ops = new Map<Uuid, model.ModelOp>()
    for (const chosen of wishes) {
      const op = opOf(chosen, m, r)
      if (op && !ops.has(op.callId)) ops.set(op.callId, op)
    }
    const list = [...ops.values()]
    r.asked.push(...list)
    const answers = await Promise.all(list.map((op) => ask(op, r)))
    assert.deepEqual(answers, model.applyModel(m, list))
  }),
)

async function creditBoth(m: model.Model, { ledger, accountId }: Real, value: bigint, days: number | undefined) {
  const id = ledger.makeId()
  // A millisecond per lot keeps the order of expiry plain.
  const expiresMs = days === undefined ? Infinity : m.nowMs + days * 86_400_000 + m.lots.length
  const expiresAt = days === undefined ? undefined : new Date(expiresMs)
  const request = { transferId: id, accountId, amount: nanoUsd(value), reference: id, expiresAt }
  m.credits += value
  m.lots.push({ id, amount: value, left: value, removed: 0n, expiresMs, closed: false })
  const balanceAfter = model.postedOf(m)
  const { db } = ledger
  assert.deepEqual(await grant(db, request, ledger.now()), { kind: 'posted', transferId: id, balanceAfter })
  const again = { ...request, transferId: ledger.makeId() }
  assert.deepEqual(await grant(db, again, ledger.now()), { kind: 'replayed', transferId: id, balanceAfter })
  assert.deepEqual(await grant(db, { ...again, amount: nanoUsd(value + 1n) }, ledger.now()), { kind: 'conflict' })
}

const credit = fc
  .record({ value: fc.bigInt({ min: 1n, max: 150n }), days: fc.constantFrom(undefined, 1, 3, 20) })
  .map(({ value, days }) => step(`credit(${value}, ${days} days)`, (m, r) => creditBoth(m, r, value, days)))

const takeBack = fc.record({ lot: small, value: fc.bigInt({ min: 1n, max: 150n }) }).map(({ lot: at, value }) =>
  step(`takeBack(${at}, ${value})`, async (m, { ledger }) => {
    const lot = m.lots[at % m.lots.length]
    if (!lot) return
    const transferId = ledger.makeId()
    const request = { transferId, reverses: lot.id, amount: nanoUsd(value), reference: transferId }
    const corrected = await correct(ledger.db, request, ledger.now())
    const rest = lot.amount - lot.removed
    const available = rest < model.freeOf(m) ? rest : model.freeOf(m)
    if (value > available) return assert.deepEqual(corrected, { kind: 'exceeded', available })
    m.debits += value
    lot.removed += value
    const own = lot.left < value ? lot.left : value
    lot.left -= own
    model.useLots(m, value - own)
    assert.deepEqual(corrected, { kind: 'posted', transferId, balanceAfter: model.postedOf(m) })
  }),
)

const budget = fc
  .record({
    key: fc.nat(1),
    limit: fc.option(fc.bigInt({ min: 0n, max: 120n }), { nil: undefined }),
    window: fc.constantFrom<LimitWindow>(...limitWindows),
    cap: fc.option(amount, { nil: undefined }),
  })
  .map(({ key: keyAt, limit, window, cap }) =>
    step(`budget(${keyAt}, ${limit} per ${window}, cap ${cap})`, async (m, { ledger, accountId, keyIds }) => {
      Object.assign(m.keys[keyAt]!, { limit, window, cap, startMs: model.windowStartMs(window, m.nowMs) })
      const money = (value: bigint | undefined) => (value === undefined ? undefined : nanoUsd(value))
      const set = { keyId: keyIds[keyAt]!, accountId, limit: money(limit), window, callCap: money(cap) }
      await setKeyBudget(ledger.db, set, ledger.now())
    }),
  )

const freeze = fc.boolean().map((frozen) =>
  step(`freeze(${frozen})`, async (m, { ledger, accountId }) => {
    m.frozen = frozen
    assert.equal(await setAccountFrozen(ledger.db, accountId, frozen), true)
  }),
)

const pass = fc.constantFrom(1 / 60, 1, 7, 26, 24 * 8, 24 * 40).map((hours) =>
  step(`pass(${hours} h)`, async (m, { ledger }) => {
    ledger.passMs(Math.round(hours * 3_600_000))
    model.moveTime(m, ledger.now().getTime())
  }),
)

const note = fc.record({ call: small, cost: amount }).map(({ call: at, cost }) =>
  step(`note(${at}, ${cost})`, async (m, { ledger, processId }) => {
    const callId = [...m.calls.keys()][at % m.calls.size]
    const call = callId === undefined ? undefined : m.calls.get(callId)!
    if (!call) return
    if (!call.charge) call.checkpoint = cost
    const notes = JSON.stringify([{ call_id: callId, cost: String(cost), progress: { units: { output: 3 } } }])
    await ledger.database.pool.query('select from ledger_apply($1, $2, null, null, null, $3)', [
      processId,
      ledger.now(),
      notes,
    ])
  }),
)

/** Recovery: of holds long past their expiry, or of all, when the process that took them is gone. */
const recover = fc.boolean().map((gone) =>
  step(gone ? 'processDies' : 'recover', async (m, { ledger, processId, accountId }) => {
    const lost = [...m.calls].filter(([, call]) => !call.charge && (gone || call.expiresMs < m.nowMs - 60_000))
    const { db } = ledger
    await db.transaction().execute(async (tx) => {
      if (gone) await registerProcess(tx, { id: processId, host, pid: 1 }, ledger.now())
      const self = { processId: ledger.makeId(), host, isGone: () => gone }
      const all = await recoverLostCalls(tx, self, ledger.now())
      const recovered = all.filter((call) => call.accountId === accountId) // earlier runs left calls of theirs
      assert.deepEqual(recovered.map(({ callId }) => callId).toSorted(), lost.map(([callId]) => callId).toSorted())
      settleRecovered(m, recovered)
    })
    if (gone) await ledger.database.pool.query('delete from gateway_process where id = $1', [processId])
  }),
)

/** The order in which recovery settles is its own affair: the sum it takes is not, nor any single cost. */
function settleRecovered(m: model.Model, recovered: Awaited<ReturnType<typeof recoverLostCalls>>): void {
  const plain = recovered.filter(({ callId }) => m.calls.get(callId)!.checkpoint <= m.calls.get(callId)!.amount)
  const dear = recovered.filter((call) => !plain.includes(call))
  for (const { callId, charged, shortfall } of [...plain, ...dear]) {
    const call = m.calls.get(callId)!
    const [outcome] = model.applyModel(m, [{ kind: 'settle', callId, cost: call.checkpoint }])
    assert.deepEqual({ charged, shortfall }, { charged: outcome!['charged'], shortfall: outcome!['shortfall'] })
  }
}

const expire = fc.constant(
  step('expire', async (m, { ledger }) => {
    await expireLots(ledger.db, ledger.makeId, ledger.now())
    for (const lot of m.lots.filter(({ expiresMs, closed }) => !closed && expiresMs <= m.nowMs).toSorted(byExpiry)) {
      const free = model.freeOf(m)
      const taken = lot.left < free ? lot.left : free
      lot.closed = taken === lot.left
      lot.left -= taken
      lot.removed += taken
      m.debits += taken
    }
  }),
)

const byExpiry = (a: model.ModelLot, b: model.ModelLot): number => a.expiresMs - b.expiresMs

/** Batches above all; everything else now and then. */
export const anyCommands = (maxCommands: number): fc.Arbitrary<Iterable<Command>> =>
  fc.commands([batch, batch, batch, batch, credit, credit, budget, pass, takeBack, note, recover, expire, freeze], {
    maxCommands,
  })
