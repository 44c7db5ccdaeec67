import { parseArgs } from 'node:util'
import { type Address, getAddress, type Hex, isAddress, isHex, zeroAddress } from 'viem'
import { DeployError, type DeployWish, type FeedWish } from './deploy.ts'

export const usage = `npm run contracts:deploy -- --rpc URL --owner ADDRESS --treasury ADDRESS --signer ADDRESS [OPTION]...

  --rpc URL              a node of the chain
  --owner ADDRESS        may rotate treasury, signer and feed: a multi-signature wallet
  --treasury ADDRESS     gets the money
  --signer ADDRESS       whose key the server has (REDPILL_QUOTE_SIGNER_KEY)
  --feed ADDRESS         compares prices of the chain's coin with this feed, in USD
  --heartbeat SECONDS    how old that feed's answer may be, as its provider says
  --sequencer ADDRESS    on a rollup: the feed that tells whether its sequencer is up
  --grace SECONDS        how long it must have been; 3600 unless it is said
  --tolerance-bps N      how far below the feed a quote may be, in hundredths of a percent; 100 unless it is said
  --send                 sends; the key that pays is REDPILL_DEPLOYER_KEY
  --verification FILE    writes what a block explorer needs to verify the sources
`

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const options = {
  rpc: text,
  owner: text,
  treasury: text,
  signer: text,
  feed: text,
  heartbeat: text,
  sequencer: text,
  grace: text,
  'tolerance-bps': text,
  verification: text,
  send: flag,
  help: flag,
} as const

type Values = ReturnType<typeof parse>['values']
const parse = (args: readonly string[]) => parseArgs({ args: [...args], options })

/** Reads what was written behind the command; throws `DeployError` with what is wrong. */
export function readDeployArguments(
  args: readonly string[],
  key: string | undefined,
): { readonly wish: DeployWish; readonly verification: string | undefined } | 'help' {
  let values: Values
  try {
    ;({ values } = parse(args))
  } catch (error) {
    throw new DeployError(error instanceof Error ? error.message : String(error), { cause: error })
  }
  if (values.help) return 'help'
  if (!values.rpc || !URL.canParse(values.rpc)) throw new DeployError('--rpc must be the URL of a node')
  const roles = {
    owner: addressOf(values, 'owner'),
    treasury: addressOf(values, 'treasury'),
    signer: addressOf(values, 'signer'),
  }
  const wish = { rpcUrl: values.rpc, roles, feed: feedOf(values), key: keyOf(key), send: values.send ?? false }
  return { wish, verification: values.verification }
}

function feedOf(values: Values): FeedWish | undefined {
  if (values.feed === undefined) {
    if (values.heartbeat ?? values.sequencer) throw new DeployError('--heartbeat and --sequencer belong to a --feed')
    return undefined
  }
  return {
    feed: addressOf(values, 'feed'),
    heartbeat: numberOf(values, 'heartbeat', undefined, 2 ** 32 - 1),
    sequencer: values.sequencer === undefined ? zeroAddress : addressOf(values, 'sequencer'),
    grace: numberOf(values, 'grace', 3_600, 2 ** 32 - 1),
    toleranceBps: numberOf(values, 'tolerance-bps', 100, 9_999),
  }
}

/** Mixed case must have the right checksum; the zero address is nobody. */
function addressOf(values: Values, name: 'owner' | 'treasury' | 'signer' | 'feed' | 'sequencer'): Address {
  const given = values[name]
  if (given === undefined || !isAddress(given) || given === zeroAddress)
    throw new DeployError(`--${name} must be an address; one of mixed case must have the right checksum`)
  return getAddress(given)
}

function numberOf(
  values: Values,
  name: 'heartbeat' | 'grace' | 'tolerance-bps',
  usual: number | undefined,
  max: number,
) {
  const number = values[name] === undefined ? usual : Number(values[name])
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > max)
    throw new DeployError(`--${name} must be a whole number of at most ${max}`)
  return number
}

function keyOf(key: string | undefined): Hex | undefined {
  if (key === undefined || key === '') return undefined
  if (!isHex(key) || key.length !== 66)
    throw new DeployError('REDPILL_DEPLOYER_KEY must be 0x and 64 hexadecimal digits')
  return key
}
