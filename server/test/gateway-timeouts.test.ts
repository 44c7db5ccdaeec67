import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { at, textOf } from './support/ask.ts'
import type { Scope } from './support/database.ts'
import { thousandths } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const cheap = { input: '1', output: '1' }
const dear = { input: '2', output: '2' }
const timeout = 60_000

/** A model that two providers serve; the first is cheaper, so it is asked first. */
async function openScene(t: Scope & Parameters<typeof startMockUpstream>[0]) {
  const stage = await openStage(t)
  const [first, second] = [await startMockUpstream(t), await startMockUpstream(t)]
  await stage.addModel({
    id: 'm',
    outputTokensMax: 1_000,
    offers: [
      { providerId: await stage.addUpstream(first), upstreamModel: 'm', prices: cheap },
      { providerId: await stage.addUpstream(second), upstreamModel: 'm', prices: dear },
    ],
  })
  return { stage, first, second, customer: await stage.addCustomer('1000000') }
}

const within = (ms: number) => ({ headers: { 'x-redpill-timeout-ms': String(ms) } })
const begunWithin = (ms: number) => ({ headers: { 'x-redpill-first-byte-timeout-ms': String(ms) } })

test(
  'a call that its caller gave so much time ends with 504 then, costs nothing and asks nobody else',
  { timeout },
  async (t) => {
    const { stage, first, second, customer } = await openScene(t)
    for (const stream of [false, true]) {
      first.enqueue('stall-before')
      const answer = await customer.chat({ model: 'm', stream }, within(3_000))
      deepEqual([answer.status, at(answer.json, 'error.code')], [504, 'upstream_timeout'])
      equal((await customer.receipt(answer))['credits'], '0')
    }
    await first.waitFor('cancelled', 2)
    equal(second.requests.length, 0)
    await stage.reconcile()
  },
)

test(
  'a stream whose time is over ends with an error event, and what was delivered is charged',
  { timeout },
  async (t) => {
    const { stage, first, customer } = await openScene(t)
    first.enqueue('stall-mid')
    const answer = await customer.chat({ model: 'm', stream: true }, within(3_000))
    equal(answer.status, 200)
    ok(textOf(answer).length > 0)
    match(answer.events.at(-1)!, /"code":"upstream_timeout"/)
    ok(!answer.text.includes('[DONE]'))
    const receipt = await customer.receipt(answer)
    deepEqual([receipt['state'], receipt['status']], ['failed', 504])
    ok(thousandths(receipt['credits']) > 0n)
    await first.waitFor('cancelled')
    await stage.reconcile()
  },
)

test(
  'a provider that does not begin in the time that the caller gives it is left for the next one',
  { timeout },
  async (t) => {
    const { stage, first, second, customer } = await openScene(t)
    first.enqueue('stall-before', 'stall-before')
    for (const stream of [false, true]) {
      const answer = await customer.chat({ model: 'm', stream }, begunWithin(2_000))
      equal(answer.status, 200, answer.text)
    }
    await first.waitFor('cancelled', 2)
    await second.waitFor('answered', 2)
    await stage.reconcile()
  },
)

test('a time that is no time is refused, and a long one cuts nothing', { timeout }, async (t) => {
  const { stage, customer } = await openScene(t)
  for (const text of ['0', '-1', '1.5', 'soon', '9999999999']) {
    for (const name of ['x-redpill-timeout-ms', 'x-redpill-first-byte-timeout-ms']) {
      const answer = await customer.chat({ model: 'm' }, { headers: { [name]: text } })
      deepEqual([answer.status, at(answer.json, 'error.param')], [400, name])
    }
  }
  equal((await customer.chat({ model: 'm' }, within(999_999_999))).status, 200)
  await stage.reconcile()
})
