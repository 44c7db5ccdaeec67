/** Sign-In with Ethereum (ERC-4361): wallets of a key, and of a contract (ERC-1271, ERC-6492). */
import { type Chains, judgeOnChain } from './chain.ts'
import type { Uuid } from '../../core/ids.ts'
import { answered, ask } from './challenges.ts'
import type { Proof } from './enter.ts'
import type { SignInTools } from './types.ts'

const messageMs = 10 * 60_000
const nonceBytes = 16

export type WalletQuestion = {
  readonly origin: string
  readonly browser: string
  readonly address: string
  readonly chainId: number
  /** Who gets this wallet as a way in; absent: whoever has it signs in. */
  readonly personId?: Uuid | undefined
}

/** The message that a wallet has to sign, word for word: it names this site, the chain, the address and what it is for. */
export async function askForSignature(
  tools: SignInTools,
  { origin, browser, address, chainId, personId }: WalletQuestion,
): Promise<string> {
  const [{ getAddress }, { createSiweMessage }] = await Promise.all([import('viem'), import('viem/siwe')])
  const nonce = Buffer.from(tools.chance.bytes(nonceBytes)).toString('hex')
  const nowMs = tools.clock.nowMs()
  const message = createSiweMessage({
    ...{ domain: new URL(origin).host, uri: origin, version: '1', address: getAddress(address), chainId, nonce },
    statement: personId === undefined ? 'Sign in to RedPill.' : 'Make this wallet a way in to my RedPill account.',
    ...{ issuedAt: new Date(nowMs), expirationTime: new Date(nowMs + messageMs) },
  })
  const kept = { message, address: getAddress(address), chainId } satisfies Kept
  await ask(tools, { kind: 'wallet', secret: nonce, browser, personId }, kept)
  return message
}

type Kept = { readonly message: string; readonly address: `0x${string}`; readonly chainId: number }

export type WalletAnswer = {
  readonly message: string
  readonly signature: string
  readonly browser: string | undefined
  readonly personId?: Uuid | undefined
}

export type WalletJudged =
  | { readonly kind: 'proven'; readonly proof: Proof }
  | { readonly kind: 'wrong' }
  /** It is not signed by the key of the address, and there is no node to ask whether a contract stands there. */
  | { readonly kind: 'no-node'; readonly chainId: number }
  | { readonly kind: 'unreachable'; readonly chainId: number; readonly why: string }

/** Judges a signature over the very message that was asked to be signed, once. */
export async function judgeSignature(
  tools: SignInTools,
  chains: Chains,
  { message, signature, browser, personId }: WalletAnswer,
): Promise<WalletJudged> {
  const nonce = /^Nonce: ([0-9a-f]{32})$/m.exec(message)?.[1] ?? ''
  const kept = await answered<Kept>(tools, { kind: 'wallet', secret: nonce, browser, personId })
  if (!kept || kept.message !== message || !isHex(signature)) return { kind: 'wrong' }
  const { address, chainId } = kept
  if (await isSignedByKey(kept, signature)) return { kind: 'proven', proof: proofOf(address, '*') }
  const url = chains.get(chainId)
  if (url === undefined) return { kind: 'no-node', chainId }
  const judged = await judgeOnChain({ chainId, url }, { address, message, signature })
  if (judged.kind === 'unreachable') return { kind: 'unreachable', chainId, why: judged.why }
  return judged.isValid ? { kind: 'proven', proof: proofOf(address, String(chainId)) } : { kind: 'wrong' }
}

const isHex = (text: string): text is `0x${string}` => /^0x(?:[0-9a-f]{2})+$/i.test(text)

const keySignatureCharacters = 2 + 2 * 65

/** Whether the private key of the address made the signature; needs no chain. */
async function isSignedByKey({ address, message }: Kept, signature: `0x${string}`): Promise<boolean> {
  if (signature.length !== keySignatureCharacters) return false
  const { recoverMessageAddress } = await import('viem')
  const signer = await recoverMessageAddress({ message, signature }).catch(() => undefined)
  return signer === address
}

/** The proof of whoever signed with the private key of an address, for something else than to sign in. */
export async function keyWalletProof(address: string): Promise<Proof> {
  const { getAddress } = await import('viem')
  return proofOf(getAddress(address), '*')
}

/**
 * A key is the same on every chain. A contract is not: at the same address of another chain somebody else's may stand, so
 * it is known by both.
 */
function proofOf(address: string, chain: string): Proof {
  const short = `${address.slice(0, 6)}...${address.slice(-4)}`
  return { kind: 'wallet', subject: `eip155:${chain}:${address.toLowerCase()}`, name: address, personName: short }
}
