import { equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { isAddress } from 'viem'
import { startDevChain } from '../../../../dev/chain/index.ts'
import { readChainSettings } from './settings.ts'

const chain = await startDevChain({ after })

test('the file that the dev chain writes is one that the server takes', () => {
  const read = readChainSettings(JSON.stringify(chain.chainsFile()), isAddress)
  equal(read.kind, 'read', read.kind === 'invalid' ? read.problems.join('\n') : '')
})
