import { zeroAddress } from 'viem'
import { parse, readAddress, readKey, readNumber, readUrl } from './arguments.ts'
import type { DeployWish, FeedWish } from './deploy.ts'
import { Refusal } from './refusal.ts'

export const deployUsage = `npm run contracts:deploy -- --rpc URL --owner ADDRESS --treasury ADDRESS --signer ADDRESS [OPTION]...

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

const secondsMax = 2 ** 32 - 1

/** Reads what was written behind the command; throws `Refusal` with what is wrong. */
export function readDeployArguments(
  args: readonly string[],
  key: string | undefined,
): { readonly wish: DeployWish; readonly verification: string | undefined } | 'help' {
  const values = parse(args, options)
  if (values.help) return 'help'
  const roles = {
    owner: readAddress('owner', values.owner),
    treasury: readAddress('treasury', values.treasury),
    signer: readAddress('signer', values.signer),
  }
  const wish = {
    rpcUrl: readUrl('rpc', values.rpc),
    roles,
    feed: feedOf(values),
    key: readKey('REDPILL_DEPLOYER_KEY', key),
    send: values.send ?? false,
  }
  return { wish, verification: values.verification }
}

function feedOf(values: ReturnType<typeof parse<typeof options>>): FeedWish | undefined {
  if (values.feed === undefined) {
    if (values.heartbeat ?? values.sequencer) throw new Refusal('--heartbeat and --sequencer belong to a --feed')
    return undefined
  }
  return {
    feed: readAddress('feed', values.feed),
    heartbeat: readNumber('heartbeat', values.heartbeat, undefined, secondsMax),
    sequencer: values.sequencer === undefined ? zeroAddress : readAddress('sequencer', values.sequencer),
    grace: readNumber('grace', values.grace, 3_600, secondsMax),
    toleranceBps: readNumber('tolerance-bps', values['tolerance-bps'], 100, 9_999),
  }
}
