import { zeroAddress } from 'viem'
import { parse, readAddress, readKey, readUrl } from './arguments.ts'
import { Refusal } from './refusal.ts'
import type { SweepWish } from './sweep.ts'

export const sweepUsage = `npm run contracts:sweep -- --rpc URL --factory ADDRESS [OPTION]... < ACCOUNTS

  --rpc URL              a node of the chain
  --factory ADDRESS      the factory of the deposit addresses, as in the file of REDPILL_CHAINS
  --token ADDRESS        a token to sweep; as often as there are tokens
  --coin                 sweeps the chain's own coin too
  --account ID           an account, as often as there are; without it, every id in the input counts
  --send                 sends; the key that pays the gas is REDPILL_RELAYER_KEY
`

const options = {
  rpc: { type: 'string' },
  factory: { type: 'string' },
  token: { type: 'string', multiple: true },
  coin: { type: 'boolean' },
  account: { type: 'string', multiple: true },
  send: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** Reads what was written behind the command; throws `Refusal` with what is wrong. */
export async function readSweepArguments(
  args: readonly string[],
  key: string | undefined,
  readInput: () => Promise<string>,
): Promise<SweepWish | 'help'> {
  const values = parse(args, options)
  if (values.help) return 'help'
  const tokens = (values.token ?? []).map((given) => readAddress('token', given))
  if (values.coin) tokens.push(zeroAddress)
  if (tokens.length === 0) throw new Refusal('Sweep what? Name a --token, or --coin')
  const wish = {
    rpcUrl: readUrl('rpc', values.rpc),
    factory: readAddress('factory', values.factory),
    tokens,
    key: readKey('REDPILL_RELAYER_KEY', key),
    send: values.send ?? false,
  }
  return { ...wish, accounts: values.account?.map(readId) ?? findIds(await readInput()) }
}

const id = /\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi

/** In whatever list: what is no account has no deposit address, and nothing lies there. */
function findIds(list: string): readonly string[] {
  const ids = list.match(id) ?? []
  if (ids.length === 0) throw new Refusal('Whose addresses? There is no id of an account in the input.')
  return ids
}

function readId(given: string): string {
  if (given.match(id)?.[0] !== given) throw new Refusal(`${given} is no id of an account`)
  return given
}
