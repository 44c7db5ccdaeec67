import { type NanoUsd, nanoUsd, toUsd } from '../core/money.ts'
import { purchaseTotals } from '../credits/index.ts'
import type { Database, Db } from '../platform/database/index.ts'
import { sumOrders } from './orders/store.ts'
import type { Payments } from './payments.ts'
import type { Reconciled } from './rail.ts'

/** What one side says of itself. `problem`: it could not be asked. */
export type ReconciledPart = {
  readonly name: string
  readonly checks: readonly Reconciled[]
  readonly problem: string | undefined
}

/** Compares orders with the ledger, and the ledger with what each rail says by itself. Changes nothing. */
export async function reconcilePayments(database: Database, { rails }: Payments): Promise<readonly ReconciledPart[]> {
  const own = await database.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(ordersAgainstLedger)
  const asked = Object.values(rails).map(async ({ name, reconcile }): Promise<ReconciledPart[]> => {
    if (!reconcile) return []
    try {
      return [{ name, checks: await reconcile(), problem: undefined }]
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return [{ name, checks: [], problem: `It could not be asked: ${why}` }]
    }
  })
  return [{ name: 'orders', checks: own, problem: undefined }, ...(await Promise.all(asked)).flat()]
}

async function ordersAgainstLedger(tx: Db): Promise<readonly Reconciled[]> {
  const [orders, ledger] = [await sumOrders(tx), await purchaseTotals(tx)]
  const compare = (name: string, one: NanoUsd, other: NanoUsd): Reconciled => ({
    ...{ name, ok: one === other },
    detail:
      one === other
        ? `${toUsd(one)} USD on both sides`
        : `orders say ${toUsd(one)} USD, the ledger ${toUsd(other)}: a difference of ${toUsd(nanoUsd(one - other))}`,
  })
  return [
    compare('Bought by card', orders.card, ledger['clearing:stripe']),
    compare('Bought by crypto', orders.crypto, ledger['clearing:chain']),
    compare('Taken back for refunds', orders.refund, ledger.refund),
    compare('Taken back for disputes', orders.dispute, ledger.dispute),
    compare('Taken back for reversals', orders.reversal, ledger.reversal),
  ]
}
