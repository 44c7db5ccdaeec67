import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { compare } from './compare.ts'

test('the simulation is what its seed makes it, and the kept result is of the code as it is', async () => {
  const kept = await readFile(new URL('../results/routing.json', import.meta.url), 'utf8')
  assert.deepEqual(compare(), JSON.parse(kept), 'run: node bench/routing/main.ts')
})

test('on other seeds too: as many answers with fewer requests than round robin and always the cheapest, and far sooner by latency', () => {
  for (const seed of [1, 2, 3]) {
    const [ours, byLatency, ...others] = compare(seed, 200).outcomes
    for (const other of others) {
      const both = JSON.stringify([ours, byLatency, other])
      assert.ok(ours!.successPercent >= other.successPercent && ours!.attemptsPerCall < other.attemptsPerCall, both)
      assert.ok(byLatency!.successPercent >= other.successPercent && byLatency!.p99Ms < other.p99Ms / 2, both)
    }
  }
})
