import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import { creditsFor } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const prices = { input: '0', output: '1' }
const timeout = 60_000

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const older = await stage.addUpstream(mock, { name: 'older' })
const newer = await stage.addUpstream(mock, { name: 'newer', dialect: 'openai' })
const responses = await stage.addUpstream(mock, { name: 'responses', dialect: 'openai-responses' })
for (const [id, providerId] of Object.entries({ older, newer, responses }))
  await stage.addModel({ id, prices, outputTokensMax: 8_000, offers: [{ providerId, upstreamModel: 'normal' }] })

/** What a customer who can pay for ten output tokens gets: the status, and the bounds that were sent. */
async function bounded(path: string, body: object): Promise<readonly unknown[]> {
  const customer = await stage.addCustomer(creditsFor({ output: 10 }, prices))
  const before = mock.requests.length
  const { status } = await customer.ask(path, body)
  const sent = mock.requests
    .slice(before)
    .map(({ body: { max_tokens, max_completion_tokens } }) => [max_tokens, max_completion_tokens])
  return [status, ...sent]
}

const messages = [{ role: 'user', content: 'Hi' }]
const chat = (model: string, bounds: object) => bounded('/v1/chat/completions', { model, messages, ...bounds })

test(
  'of two bounds on its output a provider gets the one that was held for, by its own name for it',
  { timeout },
  async () => {
    const both = { max_tokens: 4_000, max_completion_tokens: 5 }
    deepEqual(await chat('older', both), [200, [5, undefined]])
    deepEqual(await chat('newer', both), [200, [undefined, 5]])
    deepEqual(await chat('older', { ...both, stream: true }), [200, [5, undefined]])
    deepEqual(await chat('older', { max_tokens: 5, max_completion_tokens: 4_000 }), [402])
    deepEqual(await chat('newer', { max_tokens: 5, max_completion_tokens: 4_000 }), [402])
    deepEqual(await bounded('/v1/completions', { model: 'older', prompt: 'Hi', ...both }), [200, [5, undefined]])
    // A chat model of OpenAI's: the completion is asked as one.
    deepEqual(await bounded('/v1/completions', { model: 'newer', prompt: 'Hi', ...both }), [200, [undefined, 5]])
  },
)

test('a bound reaches a provider that knows the older name alone', { timeout }, async () => {
  deepEqual(await chat('older', { max_completion_tokens: 5 }), [200, [5, undefined]])
  deepEqual(await chat('newer', { max_completion_tokens: 5 }), [200, [undefined, 5]])
  deepEqual(await chat('newer', { max_tokens: 5 }), [200, [5, undefined]])
  deepEqual(await chat('older', { max_tokens: 5, max_completion_tokens: null }), [200, [5, undefined]])
})

test('thinking beyond the bound is held for, whichever word asks for it', { timeout }, async () => {
  for (const beyond of [
    { reasoning: { max_tokens: 2_000 } },
    { thinking: { type: 'enabled', budget_tokens: 2_000 } },
    { thinking_budget: 2_000 },
  ])
    deepEqual(await chat('older', { max_tokens: 5, ...beyond }), [402], JSON.stringify(beyond))
  deepEqual(await chat('older', { max_tokens: 5, reasoning: { max_tokens: 4 } }), [200, [5, undefined]])
  const thinking = { type: 'enabled', budget_tokens: 2_000 }
  deepEqual(await bounded('/v1/messages', { model: 'older', messages, max_tokens: 5, thinking }), [402])
})

test('every answer that is asked for is held for', { timeout }, async () => {
  deepEqual(await chat('older', { max_tokens: 5, n: 3 }), [402])
  deepEqual(await bounded('/v1/completions', { model: 'older', prompt: 'Hi', max_tokens: 5, best_of: 3 }), [402])
  deepEqual(await bounded('/v1/completions', { model: 'older', prompt: ['a', 'b', 'c'], max_tokens: 5 }), [402])
})

test('where a provider answers with more than so little, that is held for', { timeout }, async () => {
  const customer = await stage.addCustomer(creditsFor({ output: 15 }, prices))
  equal((await customer.chat({ model: 'responses', max_tokens: 1 })).status, 402)
})

test('a bound above what the model writes, by which it is held for, is told as that', { timeout }, async () => {
  const customer = await stage.addCustomer(creditsFor({ output: 8_000 }, prices))
  for (const stream of [false, true]) {
    equal((await customer.chat({ model: 'older', max_tokens: 20_000, stream })).status, 200)
    equal(mock.requests.at(-1)!.body['max_tokens'], 8_000)
    await stage.server().manage('POST', `/accounts/${customer.accountId}/grants`, {
      credits: creditsFor({ output: 5 }, prices),
      reason: 'test',
    })
  }
})
