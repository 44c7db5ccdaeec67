/** Log blooms (Ethereum yellow paper §4.3.1): what a block's header says of the logs that its transactions may have made. */
import { keccak256 } from 'viem'
import type { Filter, Hash, Log } from './types.ts'

/** Three bits of 2,048 for each address or topic. */
function bloomBits(value: Hash): readonly number[] {
  const hash = keccak256(value)
  return [0, 1, 2].map((pair) => Number.parseInt(hash.slice(2 + pair * 4, 6 + pair * 4), 16) & 0x7ff)
}

const hasBit = (bloom: Hash, bit: number): boolean => {
  const nibble = Number.parseInt(bloom[2 + 511 - (bit >> 2)] ?? '0', 16)
  return (nibble & (1 << (bit & 3))) !== 0
}

export type BloomTest = (bloom: Hash) => boolean

/** Whether a bloom may contain a log that a filter is for; `false` is certain. */
export function bloomTest({ addresses, topics }: Filter): BloomTest {
  const anyOf = (values: readonly Hash[]) => values.map(bloomBits)
  const parts = [addresses, ...topics.map((topic) => (topic === null ? [] : ([topic].flat() as readonly Hash[])))]
    .filter((values) => values.length > 0)
    .map(anyOf)
  return (bloom) => parts.every((choices) => choices.some((bits) => bits.every((bit) => hasBit(bloom, bit))))
}

export const isEmptyBloom = (bloom: Hash): boolean => /^0x0*$/.test(bloom)

/** Whether a log is what a filter is for. */
export function matches({ addresses, topics }: Filter, log: Log): boolean {
  return (
    addresses.includes(log.address) &&
    topics.every((wanted, at) => wanted === null || [wanted].flat().includes(log.topics[at] as Hash))
  )
}
