import type { Uuid } from '../../core/ids.ts'
import { depositAddress, saltOf } from './addresses.ts'
import type { Address, Chain } from './settings.ts'
import { listWithoutAddress, putDepositAddresses } from './store/deposits.ts'
import { listWaitingOf } from './store/payments.ts'
import { type DepositAddressRow, idOf } from './store/rows.ts'
import type { ChainTools, OpenChain } from './tools.ts'
import { tokenNamed } from './watch/credit.ts'

export type DepositAddress = {
  readonly chain: Chain
  readonly address: Address
  /** What arrived and is not credited yet. */
  readonly waiting: readonly Waiting[]
}

export type Waiting = {
  readonly symbol: string
  readonly decimals: number
  readonly amount: bigint
  readonly txHash: string | null
  /** Why, where it is not just a matter of confirmations. */
  readonly why: string | undefined
}

const rowOf = (chain: Chain, accountId: Uuid, now: Date): DepositAddressRow => {
  const salt = saltOf(accountId)
  const at = { created_at: now, asked_at: now, polled_at: null }
  return { chain_id: idOf(chain), address: depositAddress(chain.factory, salt), account_id: accountId, salt, ...at }
}

/** Where an account may send to, on every chain. They are known to the watcher before anybody is told them. */
export async function depositAddressesOf(
  { db, clock }: ChainTools,
  chains: readonly OpenChain[],
  accountId: Uuid,
): Promise<readonly DepositAddress[]> {
  const rows = chains.map(({ chain }) => rowOf(chain, accountId, new Date(clock.nowMs())))
  await putDepositAddresses(db, rows)
  const waiting = await listWaitingOf(db, accountId)
  return chains.map(({ chain }, at) => ({
    chain,
    address: rows[at]!.address,
    waiting: waiting.flatMap((payment): Waiting[] => {
      const token = payment.chain_id === idOf(chain) ? tokenNamed(chain, payment.token) : undefined
      if (!token) return []
      const { symbol, decimals } = token
      const why = payment.waits_for ?? undefined
      return [{ symbol, decimals, amount: BigInt(payment.amount), txHash: payment.tx_hash, why }]
    }),
  }))
}

/** Who has an address on one chain has it on every other: what is sent on the wrong one is found there. */
export async function spreadAddresses({ db, clock }: ChainTools, { chain }: OpenChain): Promise<void> {
  const accounts = await listWithoutAddress(db, idOf(chain))
  if (accounts.length === 0) return
  // Nobody has looked at them: they are asked for their coin once in a while only.
  const now = new Date(clock.nowMs())
  const rows = accounts.map((accountId) => ({ ...rowOf(chain, accountId, now), asked_at: new Date(0) }))
  await putDepositAddresses(db, rows)
}
