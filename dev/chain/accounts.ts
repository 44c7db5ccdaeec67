import { type Hex, toHex } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'

/** What anvil makes its accounts of. Everybody knows it: nothing that is worth anything may ever belong to them. */
const mnemonic = 'test test test test test test test test test test test junk'

/** An account of anvil, which has 10,000 ETH at the beginning and of which the key is known. */
function account(addressIndex: number) {
  const made = mnemonicToAccount(mnemonic, { addressIndex })
  const key = made.getHdKey().privateKey
  if (!key) throw new Error('an account without a key')
  return { ...made, key: toHex(key) satisfies Hex }
}

export type DevAccount = ReturnType<typeof account>

/** Who does what on a chain for development. `payers` are for whoever wants to pay. */
export const devAccounts = {
  owner: account(0),
  treasury: account(1),
  /** Signs quotes. */
  signer: account(2),
  /** Pays the gas of what the server sends. */
  relayer: account(3),
  faucet: account(4),
  payers: [account(5), account(6), account(7), account(8), account(9)],
} as const
