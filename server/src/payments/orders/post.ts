import { assert } from '../../core/assert.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import { add, type NanoUsd, subtract, toUsd } from '../../core/money.ts'
import type { Db } from '../../platform/database/index.ts'
import { giveBack, grant, takeBack } from '../../credits/index.ts'
import type { Decision } from './decide.ts'
import type { OrderRow } from './store.ts'
import type { Effect, Order } from './types.ts'

export type Posting = {
  readonly order: Order
  readonly decision: Decision
  /** The next of the timeline: what is posted is named by it, so no step is ever posted twice. */
  readonly sequence: number
  readonly makeId: MakeId
  readonly now: Date
}

type Columns = Pick<OrderRow, 'credited' | 'taken_refund' | 'taken_dispute' | 'taken_reversal' | 'credited_transfer_id'>
type Entry = { readonly key: string; readonly kind: string; readonly data: JsonObject }

/** Does on the ledger what was decided. Returns how the order stands with it, and what the timeline says of it. */
export async function post(tx: Db, posting: Posting): Promise<{ columns: Columns; entries: readonly Entry[] }> {
  const { order, decision, sequence } = posting
  const columns: Columns = {
    credited: order.credited,
    taken_refund: order.taken.refund,
    taken_dispute: order.taken.dispute,
    taken_reversal: order.taken.reversal,
    credited_transfer_id: order.creditedTransferId ?? null,
  }
  const entries: Entry[] = []
  for (const [at, effect] of decision.effects.entries()) {
    const reference = `${order.id}:${sequence}.${at}`
    const key = `${sequence}.${at}`
    if (effect.kind === 'credit') {
      columns.credited_transfer_id = await credit(tx, posting, { amount: effect.amount, reference, columns })
      columns.credited = add(columns.credited, effect.amount)
      entries.push({ key: `credited:${key}`, kind: 'credited', data: { amount_usd: toUsd(effect.amount) } })
      continue
    }
    const of = columns.credited_transfer_id
    assert(of !== null, 'what was credited has a transfer')
    const data = await move(tx, posting, { effect, of, reference })
    const column = `taken_${effect.why}` as const
    columns[column] = (effect.kind === 'take' ? add : subtract)(columns[column], effect.amount)
    const kind = effect.kind === 'take' ? 'taken_back' : 'given_back'
    entries.push({ key: `${kind}:${key}`, kind, data: { why: effect.why, ...data } })
  }
  return { columns, entries }
}

const dayMs = 86_400_000
const clearing = { card: 'clearing:stripe', crypto: 'clearing:chain', x402: 'clearing:chain' } as const

type Crediting = { readonly amount: NanoUsd; readonly reference: string; readonly columns: Columns }

/** The first transfer of an order bears its id as reference; what comes later joins it. Returns the first one's id. */
async function credit(
  tx: Db,
  { order, makeId, now }: Posting,
  { amount, reference, columns: { credited_transfer_id: first } }: Crediting,
): Promise<Uuid> {
  const transferId = makeId()
  const granted = await grant(
    tx,
    {
      ...{ transferId, accountId: order.accountId, amount, kind: 'purchased', from: clearing[order.rail] },
      reference: first === null ? order.id : reference,
      heldUntil: order.heldDays === 0 ? undefined : new Date(now.getTime() + order.heldDays * dayMs),
      refundable: true,
      joins: first ?? undefined,
    },
    now,
  )
  assert(granted.kind === 'posted', `an order credits once, and was told ${granted.kind}`)
  return first ?? transferId
}

type Move = { readonly effect: Extract<Effect, { why: string }>; readonly of: Uuid; readonly reference: string }

async function move(tx: Db, { makeId, now, order }: Posting, { effect, of, reference }: Move): Promise<JsonObject> {
  const { kind, why, amount } = effect
  const asked = { transferId: makeId(), of, kind: why, reference, amount, note: `order ${order.id}` }
  if (kind === 'take') {
    const done = await takeBack(tx, asked, now)
    assert(done.kind === 'posted', `an order takes back each once, and was told ${done.kind}`)
    return { amount_usd: toUsd(amount), owed_usd: toUsd(done.owed) }
  }
  const done = await giveBack(tx, asked, now)
  assert(done.kind === 'posted', `an order gives back each once, and was told ${done.kind}`)
  return { amount_usd: toUsd(amount) }
}
