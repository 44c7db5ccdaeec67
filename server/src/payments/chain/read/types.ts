import type { Address } from '../settings.ts'

export type Hash = `0x${string}`

export type Header = {
  readonly number: bigint
  readonly hash: Hash
  readonly parentHash: Hash
  readonly bloom: Hash
  /** Seconds since 1970. */
  readonly timestamp: bigint
  /** Hashes. */
  readonly transactions: readonly Hash[]
}

export type Log = {
  readonly address: Address
  readonly topics: readonly Hash[]
  readonly data: Hash
  readonly blockNumber: bigint
  readonly blockHash: Hash
  readonly txHash: Hash
  readonly logIndex: bigint
}

/** A log, and which one it is of its transaction: that stays when the transaction is mined again in another block. */
export type PlacedLog = Log & { readonly position: number }

/** What the chain is asked for: the logs of these addresses with these topics; `null` is any, a list is any of them. */
export type Filter = {
  readonly addresses: readonly Address[]
  readonly topics: readonly (Hash | readonly Hash[] | null)[]
}
