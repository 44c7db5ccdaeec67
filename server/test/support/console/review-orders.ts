import { nanoUsd, type NanoUsd, usd, zero } from '../../../src/core/money.ts'
import type { Uuid } from '../../../src/core/ids.ts'
import { advance, createOrder, type OrderEvent, type RailName } from '../../../src/payments/index.ts'
import { clock } from '../clock.ts'
import { makeId } from '../ledger-fixture.ts'
import type { Stage } from '../stage.ts'

/** Payments of a customer about which the operator has to decide, each for a reason of its own, as their rails would tell them. */
export async function seedReviews({ database, server }: Stage) {
  const { manage } = server()
  const { data: account } = await manage<{ data: { id: Uuid } }>('POST', '/accounts', { name: 'Northwind Labs' })
  const tools = { makeId, clock }
  const cents = (count: number): NanoUsd => nanoUsd(BigInt(count) * 10_000_000n)

  async function order(rail: RailName, amount: NanoUsd, events: readonly (Partial<OrderEvent> & { kind: string })[]) {
    const terms = { bps: 290, fixed: cents(30) }
    const expiresAt = new Date(clock.nowMs() - 60_000)
    const asked = { accountId: account.id, rail, amount, terms, heldDays: 0, ...(amount > zero && { expiresAt }) }
    const { id } = await createOrder(database.db, asked, tools)
    for (const each of events)
      await advance(database.db, id, { key: makeId(), at: new Date(clock.nowMs()), ...each } as OrderEvent, tools)
    return id
  }

  const payer = '0x71c7656ec7ab88b098defb751b7401b5f6d8976f'
  const onChain = { data: { payer, chain_id: 31_337, tx_hash: `0x${'ab'.repeat(32)}` } }
  const taken = { kind: 'review', reason: 'Stripe took 19.20 EUR, not USD.', taken: '19.20 EUR' } as const
  await order('crypto', zero, [{ kind: 'received', amount: usd(100), ...onChain }])
  await order('crypto', usd(50), [{ kind: 'received', amount: usd(20), ...onChain }])
  await order('crypto', usd(20), [{ kind: 'received', amount: cents(2_088), ...onChain }])
  return {
    overpaid: await order('card', usd(20), [{ kind: 'received', amount: usd(1_234) }]),
    otherCurrency: await order('card', usd(20), [{ kind: 'began' }, taken]),
  }
}
