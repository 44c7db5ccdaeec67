import { type Address, getAddress, type Hex, parseEther, parseUnits } from 'viem'
import { noReturnTokenAbi } from '../../contracts/dev/artifacts/no-return-token.ts'
import { testUSDCAbi } from '../../contracts/dev/artifacts/test-usdc.ts'
import { devAccounts } from './accounts.ts'
import type { DevClient } from './client.ts'
import { devAddresses } from './contracts.ts'

/** Amounts as decimal text; what is left out is not given. */
export type Gift = { readonly eth?: string; readonly usdc?: string; readonly usdt?: string }

export type Faucet = (to: Address, gift?: Gift) => Promise<readonly Hex[]>

const usual: Gift = { eth: '1', usdc: '1000', usdt: '1000' }
const { faucet } = devAccounts

/** Gives test money by real transactions, which the chain still has to take into a block. */
export function openFaucet(client: DevClient): Faucet {
  // One after the other: each transaction takes the number after the last one's.
  let last: Promise<unknown> = Promise.resolve()
  const give = async (to: Address, gift: Gift): Promise<readonly Hex[]> => {
    const hashes: Hex[] = []
    if (gift.eth) {
      await refill(client)
      hashes.push(await client.sendTransaction({ account: faucet, to, value: parseEther(gift.eth) }))
    }
    const mint = { account: faucet, functionName: 'mint' } as const
    if (gift.usdc) {
      const args = [to, parseUnits(gift.usdc, 6)] as const
      hashes.push(await client.writeContract({ ...mint, abi: testUSDCAbi, address: devAddresses.usdc, args }))
    }
    if (gift.usdt) {
      const args = [to, parseUnits(gift.usdt, 6)] as const
      hashes.push(await client.writeContract({ ...mint, abi: noReturnTokenAbi, address: devAddresses.usdt, args }))
    }
    return hashes
  }
  return (to, gift = usual) => {
    const given = last.then(() => give(getAddress(to), gift))
    last = given.catch(() => undefined)
    return given
  }
}

async function refill(client: DevClient): Promise<void> {
  const least = parseEther('5000')
  if ((await client.getBalance({ address: faucet.address })) < least)
    await client.setBalance({ address: faucet.address, value: least * 2n })
}

/** The faucet as a method of JSON-RPC: `redpill_faucet [address, {eth, usdc, usdt}?]`. */
export function faucetMethod(give: Faucet) {
  return async ([to, gift]: readonly unknown[]): Promise<readonly Hex[]> => {
    if (typeof to !== 'string') throw new Error('redpill_faucet needs an address')
    return give(getAddress(to), readGift(gift))
  }
}

function readGift(given: unknown): Gift | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'object') throw new Error('the gift must be such as {"eth": "1", "usdc": "100"}')
  const amounts = Object.entries(given).map(([name, amount]) => {
    if (!['eth', 'usdc', 'usdt'].includes(name)) throw new Error(`the faucet has no ${name}`)
    if (typeof amount !== 'string' || !/^\d{1,7}(\.\d{1,6})?$/.test(amount))
      throw new Error(`${name} must be decimal text such as "100"`)
    return [name, amount] as const
  })
  return Object.fromEntries(amounts)
}
