import { decodeFunctionResult, encodeFunctionData, parseAbi, parseSignature, recoverTypedDataAddress } from 'viem'
import { askPrice } from '../chain/feeds.ts'
import { askCall } from '../chain/read/ask.ts'
import type { Node } from '../chain/nodes/node.ts'
import { mapSome } from '../chain/read/range.ts'
import type { Hash } from '../chain/read/types.ts'
import type { OpenChain } from '../chain/tools.ts'
import { balanceOf } from '../chain/watch/balances.ts'
import { type Asset, type Authorization, timeoutSeconds } from './wire.ts'

const tokenAbi = parseAbi([
  'function authorizationState(address, bytes32) view returns (bool)',
  'function transferWithAuthorization(address, address, uint256, uint256, uint256, bytes32, uint8, bytes32, bytes32)',
])

const types = {
  TransferWithAuthorization: [
    { name: 'from', type: 'address' },
    { name: 'to', type: 'address' },
    { name: 'value', type: 'uint256' },
    { name: 'validAfter', type: 'uint256' },
    { name: 'validBefore', type: 'uint256' },
    { name: 'nonce', type: 'bytes32' },
  ],
} as const

/** An authorization that is good for longer is refused: nobody watches for it for ever. */
const secondsMost = 24n * 3_600n

type Asked = {
  readonly asset: Asset
  readonly amount: bigint
  readonly authorization: Authorization
  readonly nowMs: number
}

/** Why an authorization does not pay, as x402 names it; `undefined`: it would. Asks no chain. */
export async function whyNotSigned({ asset, amount, authorization, nowMs }: Asked): Promise<string | undefined> {
  const { chain, token } = asset
  const { signature, ...message } = authorization
  const now = BigInt(Math.floor(nowMs / 1_000))
  if (message.to !== chain.treasury) return 'invalid_exact_evm_payload_recipient_mismatch'
  if (message.value !== amount) return 'invalid_exact_evm_payload_authorization_value'
  if (message.validAfter > now) return 'invalid_exact_evm_payload_authorization_valid_after'
  const left = message.validBefore - now
  if (left < BigInt(timeoutSeconds) / 2n || left > secondsMost)
    return 'invalid_exact_evm_payload_authorization_valid_before'
  const domain = { ...token.domain!, chainId: chain.id, verifyingContract: token.address! }
  const primaryType = 'TransferWithAuthorization'
  const signer = await recoverTypedDataAddress({ domain, types, primaryType, message, signature }).catch(
    () => undefined,
  )
  return signer?.toLowerCase() === message.from ? undefined : 'invalid_exact_evm_payload_signature'
}

export type Funds =
  /** `used`: of the open payments those that have left the balance already. */
  | { readonly kind: 'there'; readonly balance: bigint; readonly used: ReadonlySet<Hash> }
  | { readonly kind: 'refused'; readonly why: string }

const refused = (why: string): Funds => ({ kind: 'refused', why })

/** The same as the chain knows it: the token is worth what it says, its holder has it, and has not spent this nonce. */
export async function fundsOf({ nodes }: OpenChain, asked: Asked, openNonces: readonly Hash[]): Promise<Funds> {
  const { asset, amount, authorization, nowMs } = asked
  const { from } = authorization
  const said = await askPrice(nodes, asset.token, { at: 'latest', nowMs })
  if (said.kind === 'unsure') return refused(said.why)
  return nodes.use(async (node) => {
    // Before the balance: what is paid meanwhile then counts twice, never not at all.
    const spent = await mapSome(openNonces, (nonce) => isUsed(node, asset, { from, nonce }))
    const holder = { address: from, token: asset.token.address!, at: 'latest' } as const
    const balance = await balanceOf(node, holder)
    if (balance < amount) return refused('insufficient_funds')
    if (await isUsed(node, asset, authorization)) return refused('invalid_exact_evm_nonce_already_used')
    return { kind: 'there', balance, used: new Set(openNonces.filter((_, at) => spent[at])) }
  })
}

export async function isUsed(
  node: Node,
  { token }: Asset,
  { from, nonce }: Pick<Authorization, 'from' | 'nonce'>,
): Promise<boolean> {
  const call = { abi: tokenAbi, functionName: 'authorizationState' } as const
  const answer = await askCall(node, token.address!, encodeFunctionData({ ...call, args: [from, nonce] }), 'latest')
  return answer !== undefined && answer !== '0x' && decodeFunctionResult({ ...call, data: answer })
}

/** The call that brings an authorization to its token. */
export function transferCall({ from, to, value, validAfter, validBefore, nonce, signature }: Authorization): Hash {
  const { r, s, yParity } = parseSignature(signature)
  const args = [from, to, value, validAfter, validBefore, nonce, 27 + yParity, r, s] as const
  return encodeFunctionData({ abi: tokenAbi, functionName: 'transferWithAuthorization', args })
}
