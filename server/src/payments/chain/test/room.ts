import { randomBytes } from 'node:crypto'
import { equal } from 'node:assert/strict'
import { type Hex, isAddress } from 'viem'
import { noReturnTokenBytecode } from '../../../../../contracts/dev/artifacts/no-return-token.ts'
import { type ChainsFile, type DevChain, startDevChain } from '../../../../../dev/chain/index.ts'
import { clock } from '../../../../test/support/clock.ts'
import { type Scope, testDatabase, type TestDatabase } from '../../../../test/support/database.ts'
import { atEnd } from '../../../../test/support/scope.ts'
import type { QuoteAnswer } from '../../../../test/support/payer.ts'
import { createAccount } from '../../../accounts/index.ts'
import { idSource, type Uuid } from '../../../core/ids.ts'
import { type NanoUsd, zero } from '../../../core/money.ts'
import { balanceOf, openBatchLane, reconcile, setKeyBudget } from '../../../credits/index.ts'
import { reserveOf, settleOf } from '../../../credits/test/ledger.ts'
import { createOrder, findOrder, timelinesOf } from '../../orders/orders.ts'
import type { Order } from '../../orders/types.ts'
import { type Agreement, openAgreement } from '../agreement.ts'
import { openNodes } from '../nodes/nodes.ts'
import { openSigner, quote, quoteMs } from '../quotes.ts'
import { type Address, type Chain, readChainSettings } from '../settings.ts'
import type { ChainTools, OpenChain } from '../tools.ts'
import { firstChunk } from '../watch/follow.ts'
import { watchChain } from '../watch/tick.ts'

/** A dev chain, a database, and the watcher between them, which looks when it is told to. */
export type ChainRoom = {
  readonly dev: DevChain
  readonly database: TestDatabase
  readonly tools: ChainTools
  readonly open: OpenChain
  readonly chain: Chain
  readonly newAccount: () => Promise<Uuid>
  /** An order of so many USD with its quote in a token of the chain (its symbol). */
  readonly order: (accountId: Uuid, amount: NanoUsd, symbol?: string) => Promise<{ order: Order; quote: QuoteAnswer }>
  readonly look: (open?: OpenChain) => Promise<void>
  /** The same, by a server that knows so much of the contracts. */
  readonly lookAs: (agreement: Agreement) => Promise<void>
  /** Makes blocks until everything counts, and looks. */
  readonly confirm: () => Promise<void>
  readonly orderNow: (id: Uuid) => Promise<Order>
  readonly kindsOf: (id: Uuid) => Promise<readonly string[]>
  readonly creditsOf: (accountId: Uuid) => Promise<{ balance: bigint; owed: bigint }>
  /** What calls would cost. */
  readonly spend: (accountId: Uuid, amount: NanoUsd) => Promise<void>
  /** A token that names itself like one that is taken. */
  readonly deployLookAlike: () => Promise<Hex>
  readonly reconciles: () => Promise<void>
  readonly nodesAt: (...urls: string[]) => OpenChain
}

export const depth = 3

function settingsOf(file: unknown): Chain {
  const read = readChainSettings(JSON.stringify(file), (text) => isAddress(text))
  if (read.kind === 'invalid') throw new Error(read.problems.join('; '))
  return read.settings.chains[0]!
}

/** Depth 3, unless the file is changed. */
export async function openChainRoom(scope: Scope, change: (file: ChainsFile) => void = () => {}): Promise<ChainRoom> {
  const dev = await startDevChain(scope)
  const database = await testDatabase(scope)
  const { db } = database
  const file = dev.chainsFile()
  file.chains[0]!.confirmations = depth
  change(file)
  const chain = settingsOf(file)
  const makeId = idSource(clock, { bytes: (length) => randomBytes(length) })
  const silent = () => {}
  const log = { error: silent, warn: silent, info: silent, debug: silent }
  const tools: ChainTools = { db, clock, makeId, log, processId: makeId(), terms: { bps: 0, fixed: zero } }
  const nodesAt = (...urls: string[]): OpenChain => ({
    chain,
    nodes: openNodes(urls, { chainId: chain.id, log, clock }),
  })
  const open = nodesAt(dev.rpcUrl)
  const agreement = openAgreement(dev.accounts.signer.address.toLowerCase() as Address)
  const memory = { chunk: firstChunk(), told: new Set<string>(), agreement }
  const look: ChainRoom['look'] = (which = open) => watchChain(tools, which, memory)
  const signer = openSigner(dev.accounts.signer.key)
  const lane = openBatchLane({ database, processId: tools.processId, clock })
  atEnd(scope, lane.close)
  await look()

  return {
    ...{ dev, database, tools, open, chain, look, nodesAt },
    lookAs: (known) => watchChain(tools, open, { ...memory, agreement: known }),
    async newAccount() {
      const createdAt = new Date(clock.nowMs())
      return (await createAccount(db, { id: makeId(), name: 'Acme', kind: 'customer', createdAt })).id
    },
    async order(accountId, amount, symbol = 'TestUSDC') {
      const expiresAt = new Date(clock.nowMs() + quoteMs)
      const asked = { accountId, rail: 'crypto', amount, terms: tools.terms, heldDays: 0, expiresAt } as const
      const order = await createOrder(db, asked, tools)
      const token = chain.tokens.find((each) => each.symbol === symbol)!
      const quoted = await quote(tools, open, { order, token, signer })
      if (quoted.kind === 'refused') throw new Error(quoted.why)
      return { order, quote: quoted.pay as unknown as QuoteAnswer }
    },
    async confirm() {
      await dev.mine(depth)
      await look()
    },
    orderNow: async (id) => (await findOrder(db, id))!,
    kindsOf: async (id) => ((await timelinesOf(db, [id])).get(id) ?? []).map(({ kind }) => kind),
    async creditsOf(accountId) {
      const { available, owed } = (await balanceOf(db, accountId))!
      return { balance: available, owed }
    },
    async spend(accountId, amount) {
      const [keyId, callId] = [makeId(), makeId()]
      const unlimited = { keyId, accountId, limit: undefined, window: 'total', callCap: undefined } as const
      await setKeyBudget(db, unlimited, new Date(clock.nowMs()))
      await lane.reserve(reserveOf({ accountId, keyId }, callId, amount))
      await lane.settle(settleOf(callId, amount))
    },
    async deployLookAlike() {
      const hash = await dev.client.sendTransaction({ account: dev.accounts.owner, data: noReturnTokenBytecode })
      return (await dev.client.settle(hash)).contractAddress!
    },
    async reconciles() {
      const { ok, invariants } = await reconcile(database)
      equal(ok, true, JSON.stringify(invariants.filter((each) => !each.ok)))
    },
  }
}
