import { setTimeout as sleep } from 'node:timers/promises'
import type { Hex } from 'viem'
import type { DevClient } from './client.ts'

/**
 * Replaces the newest blocks by as many others, with the transactions that are named, each in the block of its number.
 * The node makes no blocks by itself meanwhile: one that it makes while it goes back leaves a hole in the chain, for ever.
 */
export async function reorganise(
  client: DevClient,
  depth: number,
  transactions: readonly (readonly [raw: Hex, block: number])[],
): Promise<void> {
  const isAutomatic = await client.getAutomine()
  const interval = isAutomatic ? undefined : await client.request({ method: 'anvil_getIntervalMining' } as never)
  await (isAutomatic ? client.setAutomine(false) : client.setIntervalMining({ interval: 0 }))
  try {
    await standStill(client)
    await client.request({ method: 'anvil_reorg', params: [depth, transactions] } as never)
  } finally {
    if (isAutomatic) await client.setAutomine(true)
    else if (typeof interval === 'number') await client.setIntervalMining({ interval })
  }
}

const looks = 3
const pauseMs = 10

/** The node does not say that it is making a block: none has come for a while. */
async function standStill(client: DevClient): Promise<void> {
  let head = await client.getBlockNumber()
  for (let same = 0; same < looks;) {
    await sleep(pauseMs)
    const now = await client.getBlockNumber()
    same = now === head ? same + 1 : 0
    head = now
  }
}
