import type { Uuid } from '../../../core/ids.ts'
import { add, type NanoUsd, nanoUsd, zero } from '../../../core/money.ts'
import { inTransaction } from '../../../platform/transaction.ts'
import { advance, createOrder } from '../../orders/orders.ts'
import { askPrice, type PriceSaid } from '../feeds.ts'
import { worthOf } from '../pricing.ts'
import type { TokenName } from '../read/facts.ts'
import type { Chain, Token } from '../settings.ts'
import { findCursor, lockCursor } from '../store/cursor.ts'
import { listFound, lockPayments, toldOf, updatePayment } from '../store/payments.ts'
import { cameOf, idOf, type PaymentRow } from '../store/rows.ts'
import { type ChainTools, explorerUrlOf, type OpenChain } from '../tools.ts'
import { confirmationsOf, type Depths, limitFor, shallowest } from './depths.ts'

/** A payment and what it is worth. */
type Worth = { readonly row: PaymentRow; readonly worth: NanoUsd }

/** Tells the orders of payments that lie deep enough, each in a transaction of its own. */
export async function creditDue(tools: ChainTools, open: OpenChain, depths: Depths): Promise<void> {
  const { chain } = open
  const found = await listFound(tools.db, idOf(chain), shallowest(depths))
  const rows = found.filter((row) => cameOf(row) > 0n)
  const agreed = rows.flatMap((row) => (row.worth === null ? [] : [{ row, worth: row.worth }]))
  const priced = await priceDeposits(
    tools,
    open,
    rows.filter(({ worth }) => worth === null),
  )
  for (const group of [...agreed.map((each) => [each]), ...gather(chain, priced)]) {
    const worth = sumOf(group)
    const isDeep = group.every(({ row }) => row.block_number <= limitFor(chain, depths, worth))
    if (isDeep) await credit(tools, chain, { group, head: depths.head.number })
  }
}

const sumOf = (group: readonly Worth[]): NanoUsd => group.reduce((sum, { worth }) => add(sum, worth), zero)

export const tokenNamed = (chain: Chain, name: TokenName): Token | undefined =>
  chain.tokens.find(({ address }) => (address ?? 'native') === name)

/** What arrived by itself is worth what it is when it is credited; where nobody can say, it waits and says why. */
async function priceDeposits(
  tools: ChainTools,
  open: OpenChain,
  rows: readonly PaymentRow[],
): Promise<readonly Worth[]> {
  const { db, clock } = tools
  const { chain, nodes } = open
  const cursor = rows.length === 0 ? undefined : await findCursor(db, idOf(chain))
  if (!cursor) return []
  const priced: Worth[] = []
  for (const [name, some] of Map.groupBy(rows, ({ token }) => token)) {
    const token = tokenNamed(chain, name)
    const said: PriceSaid = token
      ? await askPrice(nodes, token, { at: cursor.number, nowMs: clock.nowMs() })
      : { kind: 'unsure', why: 'This token is not taken any more.' }
    for (const row of some) {
      if (token && said.kind === 'price') priced.push({ row, worth: worthOf(cameOf(row), token, said.price) })
      else if (said.kind === 'unsure' && row.waits_for !== said.why)
        await updatePayment(db, row.id, { waits_for: said.why })
    }
  }
  return priced
}

/** What is less than the least deposit waits for more at the same address, and comes with it. */
function gather(chain: Chain, deposits: readonly Worth[]): readonly (readonly Worth[])[] {
  const isWhole = ({ row, worth }: Worth) => row.order_id !== null || worth >= tokenNamed(chain, row.token)!.min
  const small = deposits.filter((each) => !isWhole(each))
  const groups = Map.groupBy(small, ({ row }) => `${row.address} ${row.token}`)
  const enough = [...groups.values()].filter((group) => sumOf(group) >= tokenNamed(chain, group[0]!.row.token)!.min)
  return [...deposits.filter(isWhole).map((each) => [each]), ...enough]
}

type Crediting = { readonly group: readonly Worth[]; readonly head: bigint }

/** All of a group belong to one order. */
async function credit(tools: ChainTools, chain: Chain, { group, head }: Crediting): Promise<void> {
  await inTransaction(tools.db, async (tx) => {
    await lockCursor(tx, idOf(chain), 'keep')
    const ids = group.map(({ row }) => row.id)
    const locked = await lockPayments(tx, ids)
    // A sibling was here first, or the chain was reorganised meanwhile.
    if (locked.length !== ids.length || locked.some(({ state }) => state !== 'found')) return
    const first = locked.toSorted((a, b) => (a.place < b.place ? -1 : 1))[0]!
    const orderId = first.order_id ?? (await depositOrder({ ...tools, db: tx }, chain, first))
    for (const row of locked) {
      const { worth } = group.find((each) => each.row.id === row.id)!
      await updatePayment(tx, row.id, {
        ...{ state: 'credited', order_id: orderId, waits_for: null, times: row.times + 1 },
        // All that came of it since it was last undone: a part of it may have been told before.
        received: nanoUsd(row.reversed + worth),
      })
    }
    await tell({ ...tools, db: tx }, chain, { orderId, first, head })
  })
}

/** A deposit has an order of its own, for whatever came. */
export async function depositOrder(tools: ChainTools, chain: Chain, row: Pick<PaymentRow, 'account_id' | 'place'>) {
  const key = `deposit:${chain.id}:${row.place}`
  const { terms } = tools
  const asked = { accountId: row.account_id, rail: 'crypto', amount: zero, terms, heldDays: 0, key } as const
  return (await createOrder(tools.db, asked, tools)).id
}

type Telling = { readonly orderId: Uuid; readonly first: PaymentRow; readonly head: bigint }

async function tell(tools: ChainTools, chain: Chain, { orderId, first, head }: Telling): Promise<void> {
  const { received } = await toldOf(tools.db, orderId)
  const data = {
    ...{ chain_id: chain.id, tx_hash: first.tx_hash, explorer_url: explorerUrlOf(chain, first.tx_hash) ?? null },
    ...{ token: first.token, token_amount: cameOf(first).toString(), payer: first.payer },
    confirmations: Number(confirmationsOf(head, first.block_number)),
  }
  const key = `received:${first.place}:${first.times + 1}`
  await advance(tools.db, orderId, { kind: 'received', key, at: first.mined_at, amount: received, data }, tools)
}
