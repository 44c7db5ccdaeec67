import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { startMockUpstream } from './support/mock-upstream.ts'
import { textOf, type Answer, at } from './support/ask.ts'
import type { Customer } from './support/customer.ts'
import { creditsFor, thousandths, times } from './support/expected-cost.ts'
import { offeredEverywhere } from './support/processes.ts'
import { openStage } from './support/stage.ts'

/** Exactly so many of so many concurrent calls can be paid for. */
const paidFor = 37
const asked = 200
const timeout = 120_000

const stage = await openStage({ after }, { REDPILL_PROCESSES: '4', REDPILL_HOLD_WAIT_SECONDS: '60' })
const sibling = await stage.startSibling({ REDPILL_PROCESSES: '1' })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)

const echoPrices = { input: '0.01', output: '0.01' }
const mockPrices = { input: '0', output: '7.000003', request: '1000' }
await stage.addModel({ id: 'fixed', prices: mockPrices, offers: [{ providerId, upstreamModel: 'normal' }] })
await offeredEverywhere(stage.server(), 'fixed')

const sixteenWords = Array.from({ length: 16 }, (_, index) => `word${index}`).join(' ')
const messages = [{ role: 'user', content: sixteenWords }]
const costOfEcho = creditsFor({ input: 16, output: 16 }, echoPrices)
const costOfFixed = creditsFor({ output: 5, request: 1 }, mockPrices)

/** Sends all calls at once, looking at the balance all the while, and compares what came of it with what was paid for. */
async function storm(customer: Customer, body: object, servers: readonly string[]): Promise<readonly Answer[]> {
  const doors = servers.map((url) => stage.at(url, customer))
  let running = true
  const watch = (async () => {
    let looks = 0
    for (; running; looks++) {
      const { available, held } = await customer.balance()
      ok(!available.startsWith('-') && !held.startsWith('-'), `never below zero: ${available}, ${held}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return looks
  })()
  const answers = await Promise.all(
    Array.from({ length: asked }, (_, index) => doors[index % doors.length]!.chat(body)),
  )
  running = false
  ok((await watch) > 0)
  return answers
}

function checkAnswers(answers: readonly Answer[], limit: 'account' | 'key', text: (answer: Answer) => unknown): void {
  const paid = answers.filter(({ status }) => status === 200)
  equal(paid.length, paidFor)
  for (const answer of paid) ok(text(answer))
  for (const { status, json } of answers.filter((answer) => !paid.includes(answer))) {
    deepEqual([status, at(json, 'error.code'), at(json, 'error.metadata.limit')], [402, 'insufficient_credits', limit])
  }
}

const storms = [
  { what: 'with max_tokens', cost: costOfEcho, body: { model: 'local/echo', messages, max_tokens: 16 } },
  { what: 'without max_tokens', cost: costOfEcho, body: { model: 'local/echo', messages } },
  { what: 'streamed, without max_tokens', cost: costOfEcho, body: { model: 'local/echo', messages, stream: true } },
  { what: 'to an upstream', cost: costOfFixed, body: { model: 'fixed', max_tokens: 5 } },
] as const

const whole = sixteenWords
const textIn = (stream: boolean) => (answer: Answer) =>
  stream ? textOf(answer) : at(answer.json, 'choices.0.message.content')

for (const { what, cost, body } of storms) {
  test(
    `of 200 concurrent calls ${what}, exactly the 37 that the account can pay for are answered, over 4 processes`,
    { timeout },
    async () => {
      const customer = await stage.addCustomer(times(cost, paidFor))
      const answers = await storm(customer, body, [stage.server().url])
      const text = textIn('stream' in body)
      checkAnswers(
        answers,
        'account',
        (answer) => text(answer) === (body.model === 'fixed' ? 'Hello from the mock upstream' : whole),
      )
      const { available, held, spent } = await customer.balance()
      deepEqual([available, held, thousandths(spent)], ['0', '0', thousandths(cost) * BigInt(paidFor)])
    },
  )
}

test('the same holds for the limit of a key, over two servers on one database', { timeout }, async () => {
  const limit = times(costOfEcho, paidFor)
  const customer = await stage.addCustomer('1000000', { limit_credits: limit, limit_window: 'total' })
  const body = { model: 'local/echo', messages, max_tokens: 16 }
  const answers = await storm(customer, body, [stage.server().url, sibling.url])
  checkAnswers(answers, 'key', (answer) => at(answer.json, 'choices.0.message.content') === whole)
  const { held, spent } = await customer.balance()
  deepEqual([held, thousandths(spent)], ['0', thousandths(limit)])
})

test('the same holds for the account, over two servers on one database', { timeout }, async () => {
  const customer = await stage.addCustomer(times(costOfEcho, paidFor))
  const answers = await storm(customer, { model: 'local/echo', messages }, [stage.server().url, sibling.url])
  checkAnswers(answers, 'account', (answer) => at(answer.json, 'choices.0.message.content') === whole)
  const { available, held } = await customer.balance()
  deepEqual([available, held], ['0', '0'])
})

test('the ledger reconciles after all of it, and not one call fell short', async () => {
  await stage.reconcile()
  ok(!stage.server().output().includes('shortfall'))
})
