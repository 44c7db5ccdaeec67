import { readFile } from 'node:fs/promises'
import { isAddress } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import type { Clock } from '../../core/clock.ts'
import { AppError } from '../../core/errors.ts'
import type { Uuid } from '../../core/ids.ts'
import type { NewcomerRules, SignInTools } from '../../accounts/index.ts'
import type { Db } from '../../platform/database/index.ts'
import type { CryptoSettings } from '../../platform/crypto-settings.ts'
import type { Job } from '../../platform/jobs/index.ts'
import { answer, type Answered, type Asked, type X402Tools } from '../x402/serve.ts'
import { type Bringing, bringLeftovers } from '../x402/settle.ts'
import type { Asset } from '../x402/wire.ts'
import type { Rail } from '../rail.ts'
import { type Agreement, openAgreement } from './agreement.ts'
import { type DepositAddress, depositAddressesOf, spreadAddresses } from './deposits.ts'
import { NodeFault } from './nodes/node.ts'
import { openNodes } from './nodes/nodes.ts'
import { openShownPrices } from './prices.ts'
import { openSigner } from './quotes.ts'
import { cryptoRail } from './rail.ts'
import type { Hash } from './read/types.ts'
import { type OpenRefund, openRefunds, type RefundTold, settleRefunds, tellRefund } from './refunds.ts'
import { type Address, type ChainSettings, readChainSettings } from './settings.ts'
import type { ChainTools, OpenChain } from './tools.ts'
import { firstChunk } from './watch/follow.ts'
import { watchChain } from './watch/tick.ts'

/** Payments in crypto. */
export type Crypto = {
  readonly rail: Rail
  readonly jobs: readonly Job[]
  /** Why an agent cannot buy by x402, or how it does. */
  readonly x402:
    | { readonly kind: 'open'; readonly answer: (asked: Asked) => Promise<Answered> }
    | { readonly kind: 'closed'; readonly why: string }
  readonly depositAddresses: (accountId: Uuid) => Promise<readonly DepositAddress[]>
  /** Asks a chain of a laptop, for the console's own wallet. */
  readonly askTestChain: (chainId: number, method: string, params: readonly unknown[]) => Promise<TestAnswer>
  /** What the operator has to send back. */
  readonly openRefunds: () => Promise<readonly OpenRefund[]>
  /** The operator says which transaction a refund was. */
  readonly tellRefund: (tx: Db, id: Uuid, txHash: string) => Promise<RefundTold>
}

export type TestAnswer =
  /** There is no such chain of a laptop. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'answered'; readonly result: unknown }
  | { readonly kind: 'refused'; readonly message: string }

export type CryptoOptions = {
  readonly settings: CryptoSettings
  readonly tools: ChainTools
  readonly signIn: SignInTools
  readonly rules: NewcomerRules
  readonly clock: Clock
}

/** What the operator's file says, or a fault that tells all that is wrong with it. */
async function readSettings(path: string): Promise<ChainSettings> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new AppError('internal_error', { message: `REDPILL_CHAINS names a file that cannot be read: ${path}`, cause })
  })
  const read = readChainSettings(text, (each) => isAddress(each))
  if (read.kind === 'read') return read.settings
  const problems = read.problems.map((each) => `  ${each}`).join('\n')
  throw new AppError('internal_error', { message: `${path} (REDPILL_CHAINS) is not right:\n${problems}` })
}

/** For so long a request by x402 waits for its payment to count. */
const x402WaitMs = 30_000

export async function openChains({ settings, tools, signIn, rules, clock }: CryptoOptions): Promise<Crypto> {
  const { chainsFile, quoteSignerKey, relayerKey } = settings
  const { chains } = await readSettings(chainsFile!)
  const { log } = tools
  const opens = chains.map((chain): OpenChain => {
    return { chain, nodes: openNodes(chain.rpcUrls, { chainId: chain.id, log, clock }) }
  })
  const signer = quoteSignerKey && openSigner(quoteSignerKey)
  const relayer = relayerKey && privateKeyToAccount(relayerKey)
  const agreement = openAgreement(signer && (signer.address.toLowerCase() as Address))
  const assets = opens.flatMap((open) => assetsOf(open))
  const x402: X402Tools | undefined = relayer && {
    ...{ tools, signIn, rules, assets, relayer, clock, waitMs: x402WaitMs },
  }
  for (const open of opens) await spreadAddresses(tools, open)
  return {
    rail: cryptoRail({ tools, chains: opens, signer, prices: openShownPrices(tools), agreement }),
    jobs: opens.map((open) => {
      const bringing = relayer && { tools, open, relayer, secrets: signIn.secrets }
      return watchJob(tools, open, { agreement, bringing })
    }),
    x402: x402Door(x402),
    depositAddresses: (accountId) => depositAddressesOf(tools, opens, accountId),
    askTestChain: (chainId, method, params) => askTestChain(opens, { chainId, method, params }),
    openRefunds: () => openRefunds(tools, opens),
    tellRefund: (tx, id, txHash) => tellRefund(tx, tools, { id, txHash: txHash as Hash }),
  }
}

type TestQuestion = { readonly chainId: number; readonly method: string; readonly params: readonly unknown[] }

/** What a wallet asks; the node's own accounts and its clock are not for pages. */
const forPages = /^(?:eth_(?!sendTransaction|sign|accounts)|net_|redpill_)\w+$/

async function askTestChain(opens: readonly OpenChain[], asked: TestQuestion): Promise<TestAnswer> {
  const { chainId, method, params } = asked
  const open = opens.find(({ chain }) => chain.id === chainId && chain.testWallet)
  if (!open) return { kind: 'unknown' }
  if (!forPages.test(method)) return { kind: 'refused', message: `${method} is not for wallets` }
  try {
    return { kind: 'answered', result: await open.nodes.willing()[0]!.ask(method, params) }
  } catch (error) {
    if (error instanceof NodeFault) return { kind: 'refused', message: error.message }
    throw error
  }
}

function x402Door(x402: X402Tools | undefined): Crypto['x402'] {
  if (!x402) return { kind: 'closed', why: 'REDPILL_RELAYER_KEY is not set: nobody would pay the gas.' }
  if (x402.assets.length === 0)
    return { kind: 'closed', why: 'No token of REDPILL_CHAINS has the authorization transfer_with_authorization.' }
  return { kind: 'open', answer: (asked) => answer(x402, asked) }
}

const assetsOf = (open: OpenChain): X402Tools['assets'] =>
  open.chain.tokens
    .filter(({ authorizations }) => authorizations.includes('transfer_with_authorization'))
    .map((token) => ({ open, chain: open.chain, token: token as Asset['token'] }))

type Watching = { readonly agreement: Agreement; readonly bringing: Bringing | undefined }

function watchJob(tools: ChainTools, open: OpenChain, { agreement, bringing }: Watching): Job {
  const { chain } = open
  const memory = { chunk: firstChunk(), told: new Set<string>(), agreement }
  const assets = assetsOf(open)
  return {
    name: `watch-chain-${chain.id}`,
    everyMs: chain.pollMs,
    async run() {
      await watchChain(tools, open, memory)
      await settleRefunds(tools, open)
      if (bringing) await bringLeftovers(bringing, ({ token }) => assets.find((asset) => asset.token.address === token))
    },
  }
}
