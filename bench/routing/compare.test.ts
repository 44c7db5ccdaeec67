import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { compare } from './compare.ts'
import { withTables } from './table.ts'

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8')

test('the simulation is what its seed makes it; the kept result, and what the docs say of it, are of the code as it is', async () => {
  const [kept, page] = await Promise.all([read('../results/routing.json'), read('../../docs/routing.md')])
  const compared = compare()
  assert.deepEqual(compared, JSON.parse(kept), 'run: node bench/routing/main.ts')
  assert.equal(withTables(page, compared), page, 'run: node bench/routing/main.ts')
})

test('with another seed too, whatever the trouble: no fewer answers than by round robin, waits that are no longer (within a tenth), fewer requests into it, and none within a Retry-After', () => {
  for (const { name, outcomes } of compare(1).scenarios) {
    const [byDefault, byLatency, roundRobin, cheapest] = outcomes
    for (const ours of [byDefault!, byLatency!]) {
      const why = `${name}: ${JSON.stringify([ours, roundRobin, cheapest])}`
      assert.ok(ours.answeredPercent >= roundRobin!.answeredPercent, why)
      assert.ok(ours.answeredPercent >= cheapest!.answeredPercent, why)
      assert.ok(ours.p99Ms <= 1.1 * roundRobin!.p99Ms, why)
      assert.ok(ours.triesPerCall <= Math.min(roundRobin!.triesPerCall, cheapest!.triesPerCall), why)
      assert.ok(ours.triesInTrouble <= roundRobin!.triesInTrouble && ours.triesInWait === 0, why)
    }
  }
})
