import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { behaviourNames, startMockUpstream } from './mock-upstream.ts'

const messages = [{ role: 'user' as const, content: 'Hi' }]

test("the mock upstream speaks OpenAI's API to OpenAI's own client", async (t) => {
  const mock = await startMockUpstream(t, { promptTokens: 7, cachedTokens: 3 })
  const client = new OpenAI({ baseURL: mock.baseUrl, apiKey: 'k', maxRetries: 0 })

  const answer = await client.chat.completions.create({ model: 'normal', messages, max_completion_tokens: 2 })
  equal(answer.choices[0]?.message.content, 'Hello from')
  equal(answer.choices[0]?.finish_reason, 'length')
  equal(answer.usage?.total_tokens, 9)
  equal(answer.usage?.prompt_tokens_details?.cached_tokens, 3)

  const stream = await client.chat.completions.create({
    model: 'normal',
    messages,
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = await Array.fromAsync(stream)
  equal(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), 'Hello from the mock upstream')
  equal(chunks.at(-1)?.usage?.completion_tokens, 5)

  const plain = await client.completions.create({ model: 'normal', prompt: 'Hi' })
  equal(plain.choices[0]?.text, 'Hello from the mock upstream')

  const { data } = await client.embeddings.create({ model: 'normal', input: ['a', 'b'], dimensions: 4 })
  deepEqual(
    data.map(({ embedding }) => embedding.length),
    [4, 4],
  )
  deepEqual(
    (await Array.fromAsync(client.models.list())).map(({ id }) => id),
    behaviourNames,
  )
  ok(mock.requests.every(({ outcome }) => outcome === 'answered'))
})

test('usage comes in a stream only when it is asked for', async (t) => {
  const mock = await startMockUpstream(t)
  const client = new OpenAI({ baseURL: mock.baseUrl, apiKey: 'k', maxRetries: 0 })
  const chunks = await Array.fromAsync(
    await client.chat.completions.create({ model: 'normal', messages, stream: true }),
  )
  ok(chunks.every(({ usage }) => !usage))
})

test('queued behaviours are used up one by one, before the model is looked at', async (t) => {
  const mock = await startMockUpstream(t)
  const ask = async (model: string) => {
    const response = await fetch(`${mock.baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model }),
    })
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() }
  }
  mock.enqueue('server-error', { status: 418, deliver: () => [Buffer.from('tea')] })
  equal((await ask('rate-limited')).status, 500)
  equal((await ask('rate-limited')).text, 'tea')
  deepEqual((({ status, retryAfter }) => [status, retryAfter])(await ask('rate-limited')), [429, '7'])
  match((await ask('any other model')).text, /Hello from/)
})

test('a client that leaves is counted, and waiting for it ends', async (t) => {
  const mock = await startMockUpstream(t)
  const leaving = new AbortController()
  const body = JSON.stringify({ model: 'stall-mid', stream: true })
  const response = await fetch(`${mock.baseUrl}/chat/completions`, { method: 'POST', body, signal: leaving.signal })
  equal(response.status, 200)
  equal(mock.cancelledCount(), 0)
  leaving.abort()
  await mock.waitFor('cancelled')
  equal(mock.cancelledCount(), 1)
})
