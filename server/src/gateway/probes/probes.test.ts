import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../test/support/eventually.ts'
import { startMockUpstream } from '../../../test/support/mock-upstream.ts'
import { noFacts } from '../../catalog/index.ts'
import { openHealth } from '../../router/index.ts'
import { testSnapshot } from '../../router/test/offers.ts'
import { openProber } from './index.ts'

test('no more than thirty probes are sent in a minute, and none after the prober was closed', async (t) => {
  const upstream = await startMockUpstream(t)
  const health = openHealth()
  const offers = Array.from({ length: 70 }, (_, at) => ({ id: `offer-${at}` }))
  for (const { id } of offers) {
    for (let at = 0; at < 3; at++) {
      const entered = health.recordOf(id).enter(noFacts, 0, { anyway: false })
      if (entered.kind === 'entered') entered.ticket.leave({ kind: 'failed' }, 0)
    }
  }
  const outcomes: string[] = []
  const silent = () => {}
  let nowMs = 6_000
  const prober = openProber({
    clock: { nowMs: () => nowMs, monotonicMs: () => nowMs },
    log: { error: assert.fail, warn: silent, info: silent, debug: silent },
    metrics: { probeEnded: ({ outcome }) => void outcomes.push(outcome) },
    catalog: {
      current: () => testSnapshot(offers),
      providerSettings: (id) => ({
        ...{ name: id, dialect: 'compatible', apiKey: undefined },
        ...{ baseUrl: upstream.baseUrl, allowPrivate: true },
      }),
    },
    findProvider: () => undefined,
    random: () => 0,
    ...{ health, mayPay: false },
  })
  for (; nowMs < 66_000; nowMs += 1_000) prober.look()
  await eventually('all are answered', () => outcomes.length === 30)
  assert.equal(upstream.listedCount(), 30)
  prober.look()
  await prober.close()
  assert.deepEqual([upstream.listedCount(), outcomes.every((outcome) => outcome === 'answered')], [60, true])
  nowMs += 60_000
  prober.look()
  await prober.close()
  assert.equal(upstream.listedCount(), 60)
})
