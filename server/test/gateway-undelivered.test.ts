import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const prices = { input: '0.01', output: '0.01' }

test(
  'the receipt of an answer that was charged says so when its caller left before the last byte',
  { timeout: 60_000 },
  async (t) => {
    const stage = await openStage(t)
    const mock = await startMockUpstream(t, { words: ['x'.repeat(20_000_000)] })
    await stage.addModel({
      id: 'm',
      prices,
      offers: [{ providerId: await stage.addUpstream(mock), upstreamModel: 'm' }],
    })
    const customer = await stage.addCustomer('1000000')
    const leaving = new AbortController()
    const response = await fetch(`${stage.server().url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${customer.key}` },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] }),
      signal: leaving.signal,
    })
    equal(response.status, 200)
    const generation = response.headers.get('x-generation-id')!
    leaving.abort()
    await eventually('it is noted', async () => (await customer.receipt({ generation }))['undelivered'] === true)
    const receipt = await customer.receipt({ generation })
    deepEqual([receipt['state'], receipt['credits'] === '0'], ['ok', false])

    const taken = await customer.chat({ model: 'm' })
    equal((await customer.receipt(taken))['undelivered'], false)
    deepEqual(
      (await customer.receipts()).map(({ undelivered }) => undelivered),
      [false, true],
    )
    await stage.reconcile()
  },
)
