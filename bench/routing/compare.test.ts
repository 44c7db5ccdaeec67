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

test('with another seed too, whatever the trouble: every call that can be failed over is answered, with fewer requests than by round robin or always the cheapest, and none within a Retry-After', () => {
  for (const { name, outcomes } of compare(1).scenarios) {
    const [byDefault, byLatency, ...others] = outcomes
    for (const ours of [byDefault!, byLatency!]) {
      const why = `${name}: ${JSON.stringify([ours, ...others])}`
      assert.ok(ours.answeredPercent + ours.brokenPercent > 99.98 && ours.triesInWait === 0, why)
      if (name !== 'Calm')
        assert.ok(
          others.every((other) => ours.triesPerCall <= other.triesPerCall),
          why,
        )
    }
  }
})
