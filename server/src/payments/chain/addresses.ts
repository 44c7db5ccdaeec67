/** Deposit addresses: CREATE2 (EIP-1014) of minimal proxies (ERC-1167), known before anything is deployed there. */
import { concat, getContractAddress, getCreate2Address, type Hex, keccak256, padHex } from 'viem'
import type { Uuid } from '../../core/ids.ts'
import type { Hash } from './read/types.ts'
import type { Address } from './settings.ts'

const lower = (address: Hex): Address => address.toLowerCase() as Address

/** The same on every chain, so that what was sent on the wrong one is not lost. */
export const saltOf = (accountId: Uuid): Hash =>
  padHex(`0x${accountId.replaceAll('-', '')}`, { size: 32, dir: 'right' })

/** What the checkout contract knows an order by: its id, so that a person finds it by what a block explorer shows. */
export const orderKeyOf = (orderId: Uuid): Hash => saltOf(orderId)

/** The factory's constructor makes the code that all of its addresses run: its first contract. */
const implementationOf = (factory: Address): Address => lower(getContractAddress({ from: factory, nonce: 1n }))

/** Where the factory will put the contract of a salt. */
export function depositAddress(factory: Address, salt: Hash): Address {
  const implementation = implementationOf(factory)
  const code = concat([
    '0x3d602d80600a3d3981f3363d3d373d3d3d363d73',
    implementation,
    '0x5af43d82803e903d91602b57fd5bf3',
  ])
  return lower(getCreate2Address({ from: factory, salt, bytecodeHash: keccak256(code) }))
}
