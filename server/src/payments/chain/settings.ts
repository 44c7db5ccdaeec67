import { z } from 'zod'
import { type NanoUsd, parseUsd } from '../../core/money.ts'
import { checkUrl } from '../../platform/guard/index.ts'

/** Lower-case, as everything is compared. */
export type Address = `0x${string}`

/** How deep a block must lie before its payments count: so many blocks, or as the chain itself says. */
export type Depth = number | 'safe' | 'finalized'

/** The depth for amounts up to `upTo`; the last rule has no bound. */
export type DepthRule = { readonly upTo: NanoUsd | undefined; readonly depth: Depth }

export type Feed = {
  readonly address: Address
  /** How old the feed's answer may be, in seconds: each feed has its own. */
  readonly heartbeat: number
  /** Says whether the sequencer of a layer 2 runs. */
  readonly sequencer: Address | undefined
}

/** What a wallet may sign in place of a transaction of its own. */
const authorizationKinds = ['permit', 'transfer_with_authorization'] as const
export type Authorization = (typeof authorizationKinds)[number]

export type Token = {
  /** `undefined`: the chain's own coin. */
  readonly address: Address | undefined
  readonly symbol: string
  readonly name: string
  readonly decimals: number
  /** `stable`: one unit is one USD, guarded by the feed where there is one; `native`: the feed says what it is worth. */
  readonly kind: 'stable' | 'native'
  readonly feed: Feed | undefined
  /** Less than this that arrives at a deposit address waits for more. */
  readonly min: NanoUsd
  readonly authorizations: readonly Authorization[]
  /** The token's own EIP-712 domain, for what it lets wallets sign. */
  readonly domain: { readonly name: string; readonly version: string } | undefined
}

export type Chain = {
  readonly id: number
  readonly name: string
  /** Asked in this order; the next one where one fails or is found lying. */
  readonly rpcUrls: readonly string[]
  /** For the console's own wallet and for wallets that do not know the chain; never one of `rpcUrls` by itself. */
  readonly walletRpcUrl: string | undefined
  readonly confirmations: readonly DepthRule[]
  readonly pollMs: number
  /** Where the watcher begins; `undefined`: at the head that it finds first. */
  readonly startBlock: bigint | undefined
  readonly checkout: Address
  readonly factory: Address
  readonly treasury: Address
  readonly explorerUrl: string | undefined
  /** The console offers a wallet of its own: for chains of a laptop alone. */
  readonly testWallet: boolean
  readonly tokens: readonly Token[]
}

export type ChainSettings = { readonly chains: readonly Chain[] }

export type ChainsRead =
  | { readonly kind: 'read'; readonly settings: ChainSettings }
  /** Everything that is wrong, each as a sentence that names its place in the file. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

type IsAddress = (text: string) => boolean

const fieldsOf = (isAddress: IsAddress) => {
  const address = z
    .string()
    .refine((text) => isAddress(text), 'must be an address; one of mixed case must have the right checksum')
    .transform((text) => text.toLowerCase() as Address)
  const url = (allowPrivate: boolean) =>
    z.string().transform((text, context) => {
      const checked = checkUrl(text, { allowPrivate })
      if (checked.kind !== 'refused') return checked.url
      context.addIssue({ code: 'custom', message: checked.why })
      return z.NEVER
    })
  return { address, url: url(true) }
}

const usdText = z
  .string({ error: 'must be USD as decimal text such as "1"' })
  .transform((text) => parseUsd(text))
  .refine((amount) => amount !== undefined && amount > 0n, 'must be USD as decimal text such as "1"')
  .transform((amount) => amount!)

const isDepth = (value: unknown): boolean =>
  value === 'safe' ||
  value === 'finalized' ||
  (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100_000)

const depth = z.custom<Depth>(isDepth, 'must be a number of blocks, safe or finalized')

/** One depth for all amounts, or a rule for each. */
const confirmations = z
  .unknown()
  .transform((given) => (Array.isArray(given) ? (given as unknown[]) : [{ depth: given }]))
  .pipe(z.array(z.strictObject({ upToUsd: usdText.optional(), depth })).min(1))
  .transform((rules): readonly DepthRule[] => rules.map((rule) => ({ upTo: rule.upToUsd, depth: rule.depth })))
  .refine(areRising, 'must rise in upToUsd, and the last rule must have none')

function areRising(rules: readonly DepthRule[]): boolean {
  return rules.every(({ upTo }, at) => {
    const before = rules[at - 1]?.upTo ?? 0n
    return at === rules.length - 1 ? upTo === undefined : upTo !== undefined && upTo > before
  })
}

const tokenSchema = ({ address }: ReturnType<typeof fieldsOf>) =>
  z
    .strictObject({
      address: address.nullable(),
      symbol: z.string().regex(/^[\w.$+-]{1,16}$/, 'must be a symbol such as USDC'),
      name: z.string().min(1).max(60).optional(),
      decimals: z.int().min(0).max(36),
      kind: z.enum(['stable', 'native']),
      feed: z.strictObject({ address, heartbeat: z.int().min(1), sequencer: address.optional() }).optional(),
      min: usdText.default(parseUsd('1')!),
      authorizations: z.array(z.enum(authorizationKinds)).default([]),
      domain: z.strictObject({ name: z.string().min(1), version: z.string().min(1) }).optional(),
    })
    .refine(({ kind, address: at }) => (kind === 'native') === (at === null), {
      path: ['address'],
      error: 'must be null for the native coin, and for it alone',
    })
    .refine(({ kind, feed }) => kind === 'stable' || feed !== undefined, {
      path: ['feed'],
      error: 'must be there: without a feed nobody knows what the native coin is worth',
    })
    .refine(({ authorizations, domain }) => authorizations.length === 0 || domain !== undefined, {
      path: ['domain'],
      error: 'must be there: wallets sign authorizations for the EIP-712 domain of the token',
    })

const chainSchema = (fields: ReturnType<typeof fieldsOf>) => {
  const { address, url } = fields
  return z
    .strictObject({
      id: z.int().min(1),
      name: z.string().min(1).max(60),
      rpcUrls: z.array(url).min(1).max(10),
      walletRpcUrl: url.optional(),
      confirmations,
      pollSeconds: z.number().min(0.1).max(600).default(4),
      startBlock: z.int().min(0).optional(),
      checkout: address,
      factory: address,
      treasury: address,
      explorerUrl: url.optional(),
      testWallet: z.boolean().default(false),
      tokens: z.array(tokenSchema(fields)).min(1).max(50),
    })
    .refine(({ testWallet, rpcUrls }) => !testWallet || rpcUrls.every(isLoopback), {
      path: ['testWallet'],
      error: 'is for a chain on this machine alone',
    })
    .refine(({ tokens }) => new Set(tokens.map((token) => token.address)).size === tokens.length, {
      path: ['tokens'],
      error: 'must each have an address of their own',
    })
}

const isLoopback = (url: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname)

/** Reads the file that `REDPILL_CHAINS` names; docs/payments.md describes it. */
export function readChainSettings(text: string, isAddress: IsAddress): ChainsRead {
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    return { kind: 'invalid', problems: ['it is not JSON'] }
  }
  const chains = z.array(chainSchema(fieldsOf(isAddress))).min(1)
  const parsed = z
    .strictObject({
      chains: chains.refine(
        (all) => new Set(all.map(({ id }) => id)).size === all.length,
        'must each have an id of their own',
      ),
    })
    .safeParse(given)
  if (!parsed.success)
    return { kind: 'invalid', problems: parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`) }
  return { kind: 'read', settings: { chains: parsed.data.chains.map(arrange) } }
}

type Given = z.output<ReturnType<typeof chainSchema>>

function arrange({ pollSeconds, startBlock, tokens, ...chain }: Given): Chain {
  return {
    ...chain,
    walletRpcUrl: chain.walletRpcUrl,
    explorerUrl: chain.explorerUrl?.replace(/\/$/, ''),
    pollMs: pollSeconds * 1_000,
    startBlock: startBlock === undefined ? undefined : BigInt(startBlock),
    tokens: tokens.map(({ address, name, feed, domain, ...token }) => ({
      ...token,
      address: address ?? undefined,
      name: name ?? token.symbol,
      feed: feed && { address: feed.address, heartbeat: feed.heartbeat, sequencer: feed.sequencer },
      domain,
    })),
  }
}
