import { decodeFunctionResult, encodeFunctionData, parseAbi } from 'viem'
import type { Node } from './nodes/node.ts'
import { askCall } from './read/ask.ts'
import type { Address, Chain } from './settings.ts'
import type { OpenChain } from './tools.ts'

/**
 * Whether the checkout contract of a chain has the signer and the treasury of the settings; deposits are swept to the same
 * treasury. A rotation that was done on one side alone would show only when payments revert, or when money comes to where
 * nobody looks.
 */
export type Agreement = {
  /** Why nothing can be paid at the checkout contract; asks the chain until it agrees, and not any more then. */
  readonly whyNot: (open: OpenChain) => Promise<string | undefined>
  /** The same as it was found last; asks nobody. */
  readonly known: (chain: Chain) => string | undefined
}

/** `signer`: the address whose key signs prices here; absent: none are signed. */
export function openAgreement(signer: Address | undefined): Agreement {
  const found = new Map<number, string | undefined>()
  return {
    async whyNot({ chain, nodes }) {
      if (found.has(chain.id) && found.get(chain.id) === undefined) return undefined
      const why = await nodes.use((node) => compare(node, chain, signer))
      found.set(chain.id, why)
      return why
    },
    known: ({ id }) => found.get(id),
  }
}

async function compare(node: Node, chain: Chain, signer: Address | undefined): Promise<string | undefined> {
  const { checkout, treasury, name } = chain
  const [signs, receives] = [await askAddress(node, checkout, 'signer'), await askAddress(node, checkout, 'treasury')]
  if (signs === undefined || receives === undefined) return `There is no checkout contract at ${checkout} on ${name}.`
  if (signer !== undefined && signs !== signer)
    return `The checkout contract on ${name} takes prices that ${signs} signed; REDPILL_QUOTE_SIGNER_KEY is the key of ${signer}.`
  return receives === treasury
    ? undefined
    : `The checkout contract on ${name} pays to ${receives}; REDPILL_CHAINS has ${treasury}.`
}

const abi = parseAbi(['function signer() view returns (address)', 'function treasury() view returns (address)'])

async function askAddress(
  node: Node,
  contract: Address,
  functionName: 'signer' | 'treasury',
): Promise<Address | undefined> {
  const answer = await askCall(node, contract, encodeFunctionData({ abi, functionName }), 'latest')
  if (answer === undefined || answer.length !== 66) return undefined
  return decodeFunctionResult({ abi, functionName, data: answer }).toLowerCase() as Address
}
