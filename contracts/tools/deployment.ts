import { type Address, encodeDeployData, getContractAddress, type Hex, keccak256, stringToHex } from 'viem'
import { creditCheckoutAbi, creditCheckoutBytecode } from '../artifacts/credit-checkout.ts'
import { forwarderFactoryAbi, forwarderFactoryBytecode } from '../artifacts/forwarder-factory.ts'

/**
 * Where everybody may put a contract at an address that follows from its code. It stands at this address of nearly every
 * EVM chain, and where it does not, anybody can put it there (github.com/Arachnid/deterministic-deployment-proxy).
 */
export const create2Deployer: Address = '0x4e59b44847b379578588920cA78FbF26c0B4956C'

const salt = keccak256(stringToHex('RedPill payments 1'))

export type Roles = { readonly owner: Address; readonly treasury: Address; readonly signer: Address }

/** A contract, where it will stand, and what is sent to `create2Deployer` so that it does. */
export type Deployed = { readonly name: string; readonly address: Address; readonly transactionData: Hex }

/** Where a creation code ends up; the same on every chain. */
export function deterministic(name: string, creationCode: Hex): Deployed {
  const address = getContractAddress({ opcode: 'CREATE2', from: create2Deployer, salt, bytecode: creationCode })
  return { name, address, transactionData: `${salt}${creationCode.slice(2)}` }
}

/**
 * The contracts that take payments. Addresses follow from the code and the three roles alone: who keeps them equal on
 * two chains has equal addresses there, deposit addresses included.
 */
export function paymentContracts({ owner, treasury, signer }: Roles): {
  readonly checkout: Deployed
  readonly factory: Deployed
} {
  const checkout = deterministic(
    'CreditCheckout',
    encodeDeployData({
      abi: creditCheckoutAbi,
      bytecode: creditCheckoutBytecode,
      args: [owner, treasury, signer],
    }),
  )
  const factory = deterministic(
    'ForwarderFactory',
    encodeDeployData({ abi: forwarderFactoryAbi, bytecode: forwarderFactoryBytecode, args: [checkout.address] }),
  )
  return { checkout, factory }
}
