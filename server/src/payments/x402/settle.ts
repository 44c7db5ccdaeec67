import type { LocalAccount } from 'viem'
import type { Secrets } from '../../platform/secrets.ts'
import { inTransaction } from '../../platform/transaction.ts'
import { NodeFault } from '../chain/nodes/node.ts'
import { relay, type Relayed } from '../chain/relay.ts'
import { listUnsettled, updateX402, type X402Row } from '../chain/store/x402.ts'
import { idOf } from '../chain/store/rows.ts'
import type { ChainTools, OpenChain } from '../chain/tools.ts'
import { advance } from '../orders/orders.ts'
import { isUsed, transferCall } from './verify.ts'
import { type Asset, type Authorization } from './wire.ts'

export type Bringing = {
  readonly tools: ChainTools
  readonly open: OpenChain
  readonly secrets: Pick<Secrets, 'seal' | 'open'>
  readonly relayer: LocalAccount
}

export function sealAuthorization({ seal }: Pick<Secrets, 'seal'>, authorization: Authorization): string {
  const { value, validAfter, validBefore, ...rest } = authorization
  return seal(JSON.stringify({ ...rest, ...textsOf({ value, validAfter, validBefore }) }))
}

const textsOf = (amounts: Readonly<Record<string, bigint>>): Record<string, string> =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, amount.toString()]))

function openAuthorization({ open }: Pick<Secrets, 'open'>, sealed: string): Authorization {
  const stored = JSON.parse(open(sealed)) as Record<keyof Authorization, string>
  const { value, validAfter, validBefore, ...rest } = stored
  const amounts = { value: BigInt(value), validAfter: BigInt(validAfter), validBefore: BigInt(validBefore) }
  return { ...(rest as Pick<Authorization, 'from' | 'to' | 'nonce' | 'signature'>), ...amounts }
}

/** Brings a reserved authorization to its token. What came of it is told by the chain, never by this. */
export async function bring({ tools, open, secrets, relayer }: Bringing, row: X402Row): Promise<Relayed> {
  const data = transferCall(openAuthorization(secrets, row.authorization_sealed))
  if (row.token === 'native') throw new Error('coin has no authorizations')
  const relayed = await relay(tools, open, { relayer, to: row.token, data })
  if (relayed.kind === 'sent')
    await updateX402(tools.db, row.order_id, {
      ...{ state: 'sent', tx_hash: relayed.txHash, changed_at: new Date(tools.clock.nowMs()) },
    })
  return relayed
}

/** Whoever reserved it is at it for so long. */
const patienceMs = 10_000
const atOnce = 50
/** So long after its end no block can have an authorization that is not seen. */
const graceMs = 600_000

/** Brings what a process left behind, while it is good; ends what was never used in its time. */
export async function bringLeftovers(bringing: Bringing, assetOf: (row: X402Row) => Asset | undefined): Promise<void> {
  const { tools, open } = bringing
  const nowMs = tools.clock.nowMs()
  for (const row of await listUnsettled(tools.db, idOf(open.chain), atOnce)) {
    const asset = assetOf(row)
    if (!asset || nowMs - row.changed_at.getTime() < patienceMs) continue
    try {
      if (await open.nodes.use((node) => isUsed(node, asset, { from: row.payer, nonce: row.nonce }))) continue
      if (row.valid_before.getTime() > nowMs) await bring(bringing, row)
      else if (row.valid_before.getTime() + graceMs < nowMs) await giveUp(tools, row)
    } catch (error) {
      // One that cannot be brought keeps no other from it.
      if (!(error instanceof NodeFault))
        tools.log.error('a payment by x402 could not be brought', { order: row.order_id, error: String(error) })
    }
  }
}

export async function giveUp(tools: ChainTools, row: X402Row, reason = 'the authorization was not used in time') {
  const at = new Date(tools.clock.nowMs())
  await inTransaction(tools.db, async (db) => {
    await updateX402(db, row.order_id, { state: 'failed', changed_at: at })
    await advance(db, row.order_id, { kind: 'failed', key: 'unused', at, reason }, tools)
  })
}
