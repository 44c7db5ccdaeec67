import type { Uuid } from '../../core/ids.ts'
import type { LimitSide, LimitWindow } from '../index.ts'

/**
 * The ledger of one account as plain arithmetic, written without looking at the SQL's way of doing it: what the property
 * tests compare the real one with. Amounts are bigint, times are milliseconds.
 */
export type Model = {
  nowMs: number
  credits: bigint
  debits: bigint
  frozen: boolean
  keys: ModelKey[]
  calls: Map<Uuid, ModelCall>
  lots: ModelLot[]
}

export type ModelKey = {
  limit: bigint | undefined
  window: LimitWindow
  cap: bigint | undefined
  startMs: number
}

export type ModelCall = {
  keyAt: number
  min: bigint
  wanted: bigint
  atMs: number
  amount: bigint
  countedMs: number
  expiresMs: number
  checkpoint: bigint
  /** Set once it is settled. */
  charge: { charged: bigint; shortfall: bigint } | undefined
}

export type ModelLot = { id: Uuid; amount: bigint; left: bigint; removed: bigint; expiresMs: number; closed: boolean }

export type ModelOp =
  | { kind: 'reserve'; callId: Uuid; keyAt: number; min: bigint; wanted: bigint; expiresMs: number }
  | { kind: 'grow'; callId: Uuid; wanted: bigint; expiresMs: number }
  | { kind: 'settle'; callId: Uuid; cost: bigint }

export const newModel = (nowMs: number, keys: Pick<ModelKey, 'limit' | 'window' | 'cap'>[]): Model => ({
  nowMs,
  credits: 0n,
  debits: 0n,
  frozen: false,
  keys: keys.map((key) => ({ ...key, startMs: windowStartMs(key.window, nowMs) })),
  calls: new Map(),
  lots: [],
})

const dayMs = 86_400_000

export function windowStartMs(window: LimitWindow, ms: number): number {
  if (window === 'total') return -Infinity
  const day = ms - (ms % dayMs)
  if (window === 'day') return day
  const date = new Date(day)
  return window === 'week' ? day - ((date.getUTCDay() + 6) % 7) * dayMs : day - (date.getUTCDate() - 1) * dayMs
}

const openCalls = (model: Model): ModelCall[] => [...model.calls.values()].filter(({ charge }) => !charge)
const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((total, amount) => total + amount, 0n)
const least = (...amounts: (bigint | undefined)[]): bigint =>
  amounts.filter((amount) => amount !== undefined).reduce((low, amount) => (amount < low ? amount : low))

/** The window that a call counts in, as its key's window is now. */
const startOf = (model: Model, call: ModelCall): number => windowStartMs(model.keys[call.keyAt]!.window, call.countedMs)
const inWindow = (model: Model, keyAt: number): ModelCall[] =>
  [...model.calls.values()].filter(
    (call) => call.keyAt === keyAt && startOf(model, call) === model.keys[keyAt]!.startMs,
  )

export const heldOf = (model: Model): bigint => sum(openCalls(model).map(({ amount }) => amount))
export const postedOf = (model: Model): bigint => model.credits - model.debits
export const freeOf = (model: Model): bigint => postedOf(model) - heldOf(model)
export const windowSpentOf = (model: Model, keyAt: number): bigint =>
  sum(inWindow(model, keyAt).map(({ charge }) => charge?.charged ?? 0n))
export const windowHeldOf = (model: Model, keyAt: number): bigint =>
  sum(inWindow(model, keyAt).map(({ charge, amount }) => (charge ? 0n : amount)))

function keyFreeOf(model: Model, keyAt: number): bigint | undefined {
  const { limit } = model.keys[keyAt]!
  return limit === undefined ? undefined : limit - windowSpentOf(model, keyAt) - windowHeldOf(model, keyAt)
}

export function moveTime(model: Model, nowMs: number): void {
  model.nowMs = nowMs
  for (const key of model.keys) key.startMs = windowStartMs(key.window, nowMs)
}

/** Usage takes from the lots there are: those that expire first, then the oldest. */
export function useLots(model: Model, amount: bigint): void {
  let rest = amount
  for (const lot of model.lots.toSorted((a, b) => a.expiresMs - b.expiresMs || 0)) {
    const taken = least(lot.left, rest)
    lot.left -= taken
    rest -= taken
  }
}

/** Makes a hold as large as can be had; a call whose window has passed moves into the one of now if it fits there whole. */
function stretch(model: Model, call: ModelCall, wanted: bigint): LimitSide | undefined {
  const key = model.keys[call.keyAt]!
  const passed = startOf(model, call) !== key.startMs
  const movable = call.atMs > model.nowMs - 6 * dayMs
  const keyFree = keyFreeOf(model, call.keyAt)
  const room =
    passed && !movable ? call.amount : keyFree === undefined ? wanted : passed ? keyFree : call.amount + keyFree
  let amount = wanted
  let limit: LimitSide | undefined
  if (key.cap !== undefined && key.cap < amount) [amount, limit] = [key.cap, 'call']
  if (room < amount) [amount, limit] = [room, 'key']
  if (call.amount + freeOf(model) < amount) [amount, limit] = [call.amount + freeOf(model), 'account']
  if (amount <= call.amount) return limit
  call.amount = amount
  if (passed && movable) call.countedMs = model.nowMs
  return limit
}

function settleOne(model: Model, call: ModelCall, cost: bigint): ModelOutcome {
  const charged = least(cost, call.amount)
  call.charge = { charged, shortfall: cost - charged }
  model.debits += charged
  useLots(model, charged)
  return { kind: 'settled', ...call.charge, balanceAfter: postedOf(model) }
}

export type ModelOutcome = Readonly<Record<string, bigint | string>>

/** What a batch answers, by place, and what it does. Settles come first, then growths, then reserves. */
export function applyModel(model: Model, ops: readonly ModelOp[]): ModelOutcome[] {
  const outcomes: ModelOutcome[] = []
  const each = <Kind extends ModelOp['kind']>(kind: Kind) =>
    [...ops.entries()].filter((entry): entry is [number, Extract<ModelOp, { kind: Kind }>] => entry[1].kind === kind)
  const openCall = (callId: Uuid): ModelCall | undefined => {
    const call = model.calls.get(callId)
    return call?.charge ? undefined : call
  }

  const dear = each('settle').filter(([n, { callId, cost }]) => {
    const call = openCall(callId)
    if (!call || cost > call.amount) return true
    outcomes[n] = settleOne(model, call, cost)
    return false
  })
  for (const [n, { callId, cost }] of dear) outcomes[n] = settleRest(model, callId, cost)

  const wishes = each('grow').filter(([, { callId, wanted }]) => {
    const call = openCall(callId)
    const key = call && model.keys[call.keyAt]!
    if (!call || !key || wanted <= call.amount || startOf(model, call) !== key.startMs) return false
    return key.cap === undefined || wanted <= key.cap
  })
  const easy = fitting(model, wishes, ({ callId, wanted }) => {
    const call = openCall(callId)!
    return { keyAt: call.keyAt, amount: wanted - call.amount }
  })
  for (const [n, { callId, wanted, expiresMs }] of inTurn(each('grow'), easy))
    outcomes[n] = growOne(model, openCall(callId), wanted, expiresMs)

  const hopes = each('reserve').filter(([, { callId, keyAt, wanted }]) => {
    const { cap } = model.keys[keyAt]!
    return !model.frozen && !model.calls.has(callId) && !isSkewed(model, callId) && (cap === undefined || wanted <= cap)
  })
  const sure = fitting(model, hopes, ({ keyAt, wanted }) => ({ keyAt, amount: wanted }))
  for (const [n, op] of inTurn(each('reserve'), sure)) outcomes[n] = reserveOne(model, op)
  return outcomes
}

/** The places of those whose wishes fit in the running sums of their account and key. */
function fitting<Op>(
  model: Model,
  wishes: readonly [number, Op][],
  wishOf: (op: Op) => { keyAt: number; amount: bigint },
): Set<number> {
  const free = freeOf(model)
  const keyFree = model.keys.map((_, keyAt) => keyFreeOf(model, keyAt))
  const asked = model.keys.map(() => 0n)
  let all = 0n
  const fits = new Set<number>()
  for (const [n, op] of wishes) {
    const { keyAt, amount } = wishOf(op)
    all += amount
    asked[keyAt]! += amount
    const room = keyFree[keyAt]
    if (all <= free && (room === undefined || asked[keyAt]! <= room)) fits.add(n)
  }
  return fits
}

const inTurn = <Op>(ops: [number, Op][], first: Set<number>): [number, Op][] => [
  ...ops.filter(([n]) => first.has(n)),
  ...ops.filter(([n]) => !first.has(n)),
]

function settleRest(model: Model, callId: Uuid, cost: bigint): ModelOutcome {
  const call = model.calls.get(callId)
  if (!call) return { kind: 'unknown' }
  if (call.charge) return { kind: 'replayed', ...call.charge }
  stretch(model, call, cost)
  return settleOne(model, call, cost)
}

function growOne(model: Model, call: ModelCall | undefined, wanted: bigint, expiresMs: number): ModelOutcome {
  if (!call) return { kind: 'unknown' }
  call.expiresMs = Math.max(call.expiresMs, expiresMs)
  const limit = wanted > call.amount ? stretch(model, call, wanted) : undefined
  return { kind: 'held', amount: call.amount, ...(limit && { limit }) }
}

const idMs = (callId: Uuid): number => Number.parseInt(callId.slice(0, 8) + callId.slice(9, 13), 16)
const isSkewed = (model: Model, callId: Uuid): boolean => Math.abs(idMs(callId) - model.nowMs) > dayMs

function reserveOne(model: Model, op: Extract<ModelOp, { kind: 'reserve' }>): ModelOutcome {
  const { callId, keyAt, min, wanted, expiresMs } = op
  const used = model.calls.get(callId)
  if (used) {
    const same = !used.charge && used.keyAt === keyAt && used.min === min && used.wanted === wanted
    return same ? { kind: 'held', amount: used.amount } : { kind: 'conflict' }
  }
  if (isSkewed(model, callId)) return { kind: 'skewed' }
  if (model.frozen) return { kind: 'frozen' }
  const { cap } = model.keys[keyAt]!
  if (cap !== undefined && cap < min) return { kind: 'refused', limit: 'call', available: cap, heldByOthers: 0n }
  const room = keyFreeOf(model, keyAt)
  const keyFree = room !== undefined && room < 0n ? 0n : room
  if (keyFree !== undefined && keyFree < min) {
    return { kind: 'refused', limit: 'key', available: keyFree, heldByOthers: windowHeldOf(model, keyAt) }
  }
  const free = freeOf(model)
  if (free < min) return { kind: 'refused', limit: 'account', available: free, heldByOthers: heldOf(model) }
  const amount = least(wanted, cap, keyFree, free)
  const times = { atMs: idMs(callId), countedMs: model.nowMs, expiresMs }
  model.calls.set(callId, { keyAt, min, wanted, ...times, amount, checkpoint: 0n, charge: undefined })
  return { kind: 'held', amount }
}
