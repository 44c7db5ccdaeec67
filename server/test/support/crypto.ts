import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChainsFile, type DevChain, startDevChain } from '../../../dev/chain/index.ts'
import type { Scope } from './scope.ts'
import { temporaryFolder } from './scratch.ts'
import { openStage, type Stage } from './stage.ts'
import type { QuoteAnswer } from './payer.ts'

/** How deep a payment has to lie on these stages. */
export const depth = 3

export type OrderAnswer = {
  readonly id: string
  readonly state: string
  readonly account_id: string
  readonly pay: QuoteAnswer | null
  readonly timeline: readonly { readonly kind: string; readonly words: string }[]
}

/** A server that takes crypto on a dev chain of its own. */
export type CryptoStage = {
  readonly dev: DevChain
  readonly stage: Stage
  readonly environment: Readonly<Record<string, string>>
  readonly newAccount: () => Promise<string>
  /** Buys so many USD of credits; `token` is its address, null the coin. */
  readonly buy: (accountId: string, amountUsd: string, token: string | null) => Promise<OrderAnswer>
  readonly orderNow: (id: string) => Promise<OrderAnswer>
  readonly availableOf: (accountId: string) => Promise<string>
}

export async function openCryptoStage(
  scope: Scope,
  change: (file: ChainsFile) => void = () => {},
): Promise<CryptoStage> {
  const dev = await startDevChain(scope)
  const file = dev.chainsFile()
  file.chains[0]!.confirmations = depth
  file.chains[0]!.pollSeconds = 0.2
  change(file)
  const path = join(await temporaryFolder(scope), 'chains.json')
  await writeFile(path, JSON.stringify(file))
  const environment = {
    REDPILL_CHAINS: path,
    REDPILL_QUOTE_SIGNER_KEY: dev.accounts.signer.key,
    REDPILL_RELAYER_KEY: dev.accounts.relayer.key,
    REDPILL_TOP_UP_MIN_USD: '1',
    REDPILL_SECRET: 'a secret that watchers of these tests share',
  }
  const stage = await openStage(scope, environment)
  const manage = <Answer>(method: string, requestPath: string, body?: object) =>
    stage.server().manage<Answer>(method, requestPath, body)
  return {
    ...{ dev, stage, environment },
    newAccount: async () => (await manage<{ data: { id: string } }>('POST', '/accounts', { name: 'Payer' })).data.id,
    async buy(accountId, amountUsd, token) {
      const body = { rail: 'crypto', amount_usd: amountUsd, chain_id: dev.chainId, token }
      return (await manage<{ data: OrderAnswer }>('POST', `/accounts/${accountId}/orders`, body)).data
    },
    orderNow: async (id) => (await manage<{ data: OrderAnswer }>('GET', `/orders/${id}`)).data,
    async availableOf(accountId) {
      type Account = { data: { credits: { available: string } } }
      return (await manage<Account>('GET', `/accounts/${accountId}`)).data.credits.available
    },
  }
}
