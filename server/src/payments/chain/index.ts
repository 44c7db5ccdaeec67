import type { Crypto, CryptoOptions } from './open.ts'

export type { Crypto, CryptoOptions }

const why = 'Set REDPILL_CHAINS (docs/crypto.md), or run `npm run dev:chain` to try crypto without a chain of value.'

/** A server that takes no crypto. */
export const noCrypto: Crypto = {
  rail: {
    name: 'crypto',
    state: () => ({ kind: 'unavailable', why }),
    options: () => ({}),
    begin: () => Promise.resolve({ kind: 'refused', why }),
  },
  jobs: [],
  x402: { kind: 'closed', why },
  depositAddresses: () => Promise.resolve([]),
  askTestChain: () => Promise.resolve({ kind: 'unknown' }),
  openRefunds: () => Promise.resolve([]),
  tellRefund: () => Promise.resolve({ kind: 'unknown' }),
}

/** Opens what the operator's file names; who takes no crypto does not load what it needs. */
export const openCrypto = async (options: CryptoOptions): Promise<Crypto> =>
  options.settings.chainsFile === undefined ? noCrypto : (await import('./open.ts')).openChains(options)
