import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { isAddress } from 'viem'
import { usd } from '../../core/money.ts'
import { readChainSettings } from './settings.ts'

const address = (digit: string) => `0x${digit.repeat(40)}`

const chain = {
  id: 8453,
  name: 'Base',
  rpcUrls: ['https://one.example/key', 'http://10.0.0.2:8545'],
  confirmations: [{ upToUsd: '100', depth: 3 }, { upToUsd: '1000', depth: 'safe' }, { depth: 'finalized' }],
  checkout: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
  factory: address('2'),
  treasury: address('3'),
  explorerUrl: 'https://basescan.org/',
  tokens: [
    {
      ...{ address: address('4'), symbol: 'USDC', decimals: 6, kind: 'stable' },
      ...{ authorizations: ['permit', 'transfer_with_authorization'], domain: { name: 'USD Coin', version: '2' } },
    },
    { address: null, symbol: 'ETH', decimals: 18, kind: 'native', feed: { address: address('5'), heartbeat: 1200 } },
  ],
}

const read = (value: unknown) => readChainSettings(JSON.stringify(value), (text) => isAddress(text))
const problemsOf = (change: object) => {
  const found = read({ chains: [{ ...chain, ...change }] })
  return found.kind === 'invalid' ? found.problems : []
}

test('the file of chains is read: depths by amount, addresses in lower case, one USD as the least deposit', () => {
  const found = read({ chains: [chain] })
  equal(found.kind, 'read')
  if (found.kind !== 'read') return
  const [base] = found.settings.chains
  equal(base!.checkout, '0x833589fcd6edb6e08f4c7c32d4f71b54bda02913')
  equal(base!.explorerUrl, 'https://basescan.org')
  deepEqual(base!.confirmations, [
    { upTo: usd(100), depth: 3 },
    { upTo: usd(1000), depth: 'safe' },
    { upTo: undefined, depth: 'finalized' },
  ])
  deepEqual([base!.tokens[0]!.min, base!.tokens[0]!.name, base!.pollMs], [usd(1), 'USDC', 4_000])
  equal(base!.tokens[1]!.feed!.heartbeat, 1200)
})

test('what is wrong in the file of chains is told with its place, and never guessed', () => {
  deepEqual(problemsOf({ checkout: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02914' }), [
    'chains.0.checkout must be an address; one of mixed case must have the right checksum',
  ])
  deepEqual(problemsOf({ confirmations: [{ upToUsd: '100', depth: 3 }] }), [
    'chains.0.confirmations must rise in upToUsd, and the last rule must have none',
  ])
  deepEqual(problemsOf({ confirmations: 'latest' }), [
    'chains.0.confirmations.0.depth must be a number of blocks, safe or finalized',
  ])
  deepEqual(problemsOf({ tokens: [{ address: null, symbol: 'ETH', decimals: 18, kind: 'native' }] }), [
    'chains.0.tokens.0.feed must be there: without a feed nobody knows what the native coin is worth',
  ])
  deepEqual(problemsOf({ tokens: [{ ...chain.tokens[0], domain: undefined }] }), [
    'chains.0.tokens.0.domain must be there: wallets sign authorizations for the EIP-712 domain of the token',
  ])
  deepEqual(problemsOf({ tokens: [chain.tokens[0], chain.tokens[0]] }), [
    'chains.0.tokens must each have an address of their own',
  ])
  deepEqual(problemsOf({ testWallet: true }), ['chains.0.testWallet is for a chain on this machine alone'])
  deepEqual(problemsOf({ rpcUrls: ['http://169.254.169.254/'] }), [
    'chains.0.rpcUrls.0 it points to an address that is never an upstream',
  ])
  const twice = read({ chains: [chain, chain] })
  deepEqual(twice.kind === 'invalid' && twice.problems, ['chains must each have an id of their own'])
  const text = readChainSettings('{', (each) => isAddress(each))
  deepEqual(text.kind === 'invalid' && text.problems, ['it is not JSON'])
})
