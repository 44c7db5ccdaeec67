import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import OpenAI, { APIError, APIUserAbortError, AuthenticationError, BadRequestError, NotFoundError } from 'openai'
import { at } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { thousandths } from './support/expected-cost.ts'
import { temporaryFolder } from './support/scratch.ts'
import { startServer } from './support/server.ts'

/** OpenAI's own client against a server as `npm start` runs it: embedded database, built-in models, demo account. */
const scope = { after }
const timeout = 120_000
const dataDir = await temporaryFolder(scope)
let server = await startServer(scope, { dataDir })

const clientWith = (apiKey: string) => new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 })
const client = () => clientWith(server.demoKey)
const messages = [{ role: 'user' as const, content: 'What is RedPill?' }]

async function account(path: string): Promise<unknown> {
  const response = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${server.demoKey}` } })
  equal(response.status, 200)
  return at(await response.json(), 'data')
}

const credits = async () => (await account('/v1/credits')) as Record<string, string>

/** Makes a call, and checks that the balance falls by exactly what its receipt says; returns the call's answer. */
async function charged<Answer>(call: () => Promise<{ data: Answer; response: Response }>): Promise<Answer> {
  const before = await credits()
  const { data, response } = await call()
  const answer = await collected(data)
  const generation = response.headers.get('x-generation-id')
  match(generation ?? '', /^gen-[0-9a-f-]{36}$/)
  notEqual(response.headers.get('x-request-id'), null)
  const receipt = (await account(`/v1/generation?id=${generation}`)) as Record<string, unknown>
  const now = await credits()
  const cost = thousandths(receipt['credits'])
  ok(cost > 0n)
  equal(thousandths(before['available_credits']) - thousandths(now['available_credits']), cost)
  equal(thousandths(now['spent_credits']) - thousandths(before['spent_credits']), cost)
  equal(now['held_credits'], '0')
  const told = at(answer, 'usage.cost_credits')
  if (told !== undefined) equal(told, receipt['credits'])
  return answer
}

/** The chunks of a stream; anything else as it is. */
const collected = async <Answer>(data: Answer): Promise<Answer> =>
  data && typeof data === 'object' && Symbol.asyncIterator in data
    ? ((await Array.fromAsync(data as unknown as AsyncIterable<unknown>)) as Answer)
    : data

test('models are listed with their prices and can be looked up', { timeout }, async () => {
  const list = await Array.fromAsync(client().models.list())
  deepEqual(
    list
      .map(({ id }) => id)
      .filter((id) => id.startsWith('local/'))
      .toSorted(),
    ['local/echo', 'local/nano', 'local/use-lite'],
  )
  const nano = await client().models.retrieve('local/nano')
  equal(nano.object, 'model')
  equal(at(nano, 'pricing.prompt'), '0.00000002')
  const withoutKey = await fetch(`${server.url}/v1/models`)
  equal(withoutKey.status, 200)
  await rejects(
    client().models.retrieve('no/such'),
    (error) => error instanceof NotFoundError && error.code === 'model_not_found',
  )
})

test('a chat completion is answered and charged', { timeout }, async () => {
  const answer = await charged(() => client().chat.completions.create({ model: 'local/nano', messages }).withResponse())
  equal(answer.object, 'chat.completion')
  equal(answer.model, 'local/nano')
  ok(answer.choices[0]!.message.content!.length > 0)
  ok(answer.usage!.prompt_tokens > 0)
  equal(answer.usage!.total_tokens, answer.usage!.prompt_tokens + answer.usage!.completion_tokens)
})

test('a stream carries its usage and cost only when they are asked for', { timeout }, async () => {
  const ask = (options?: { include_usage: boolean }) =>
    client()
      .chat.completions.create({
        model: 'local/nano',
        messages,
        stream: true,
        ...(options && { stream_options: options }),
      })
      .withResponse()
  const silent = (await charged(() => ask())) as unknown as OpenAI.ChatCompletionChunk[]
  ok(silent.every(({ usage }) => !usage))
  ok(silent.every(({ choices }) => choices.length === 1))
  equal(silent.at(-1)!.choices[0]!.finish_reason, 'stop')
  const told = (await charged(() => ask({ include_usage: true }))) as unknown as OpenAI.ChatCompletionChunk[]
  const last = told.at(-1)!
  deepEqual([last.choices, last.id], [[], told[0]!.id])
  ok(last.usage!.completion_tokens > 0)
  ok(thousandths(at(last, 'usage.cost_credits')) > 0n)
  ok((at(last, 'usage.cost') as number) > 0)
})

test('n, stop and max_tokens do what they say', { timeout }, async () => {
  const say = (content: string, more: object) =>
    charged(() =>
      client()
        .chat.completions.create({ model: 'local/echo', messages: [{ role: 'user', content }], ...more })
        .withResponse(),
    )
  const three = await say('one two three', { n: 3 })
  deepEqual(
    three.choices.map(({ index, message }) => [index, message.content]),
    [0, 1, 2].map((index) => [index, 'one two three']),
  )
  equal(three.usage!.completion_tokens, 9)
  const stopped = await say('one two STOP three', { stop: 'STOP' })
  equal(stopped.choices[0]!.message.content!.trim(), 'one two')
  equal(stopped.choices[0]!.finish_reason, 'stop')
  const bounded = await say('one two three', { max_tokens: 2 })
  deepEqual([bounded.choices[0]!.message.content, bounded.choices[0]!.finish_reason], ['one two', 'length'])
  const newer = await say('one two three', { max_completion_tokens: 1 })
  equal(newer.choices[0]!.message.content, 'one')
})

test('a plain completion is answered and charged, streamed too', { timeout }, async () => {
  const prompt = ['one two', 'three four']
  const answer = await charged(() => client().completions.create({ model: 'local/echo', prompt }).withResponse())
  deepEqual(
    answer.choices.map(({ text }) => text),
    prompt,
  )
  const chunks = (await charged(() =>
    client().completions.create({ model: 'local/echo', prompt: 'one two', stream: true }).withResponse(),
  )) as unknown as OpenAI.Completion[]
  equal(chunks.map(({ choices }) => choices[0]!.text).join(''), 'one two')
})

test(
  'embeddings of a text, texts and tokens are charged; base64 and floats are the same vectors',
  { timeout },
  async () => {
    const embed = (body: Omit<OpenAI.EmbeddingCreateParams, 'model'>) =>
      charged(() =>
        client()
          .embeddings.create({ model: 'local/use-lite', ...body })
          .withResponse(),
      )
    const one = await embed({ input: 'A cat sits on the mat.' })
    equal(one.data[0]!.embedding.length, 512)
    const floats = await embed({ input: 'A cat sits on the mat.', encoding_format: 'float' })
    deepEqual(
      floats.data[0]!.embedding.map((value) => Math.fround(value)),
      one.data[0]!.embedding,
    )
    const several = await embed({ input: ['A cat sits on the mat.', 'Stocks fell sharply.'], dimensions: 64 })
    deepEqual(
      several.data.map(({ index, embedding }) => [index, embedding.length]),
      [
        [0, 64],
        [1, 64],
      ],
    )
    // `hello world` in cl100k_base.
    const tokens = await embed({ input: [15339, 1917] })
    const text = await embed({ input: 'hello world' })
    deepEqual(tokens.data[0]!.embedding, text.data[0]!.embedding)
    const lists = await embed({ input: [[15339, 1917], [15339]] })
    equal(lists.data.length, 2)
    const raw = await fetch(`${server.url}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.demoKey}` },
      body: JSON.stringify({ model: 'local/use-lite', input: 'hello world', encoding_format: 'base64' }),
    })
    const base64 = at(await raw.json(), 'data.0.embedding') as string
    deepEqual([...new Float32Array(new Uint8Array(Buffer.from(base64, 'base64')).buffer)], text.data[0]!.embedding)
  },
)

test('what goes wrong is an error of the type that the client knows', { timeout }, async () => {
  const ask = (apiKey: string, body: object = {}) =>
    clientWith(apiKey).chat.completions.create({ model: 'local/echo', messages, ...body })
  await rejects(ask('sk-rp-wrong'), (error) => error instanceof AuthenticationError && error.code === 'invalid_api_key')
  await rejects(ask(server.operatorKey), (error) => error instanceof APIError && error.status === 403)
  await rejects(
    ask(server.demoKey, { model: 'no/such' }),
    (error) => error instanceof NotFoundError && error.code === 'model_not_found' && error.param === 'model',
  )
  await rejects(
    ask(server.demoKey, { messages: [] }),
    (error) => error instanceof BadRequestError && error.code === 'invalid_request' && error.param === 'messages',
  )
  await rejects(
    ask(server.demoKey, { temperature: 3 }),
    (error) => error instanceof BadRequestError && error.param === 'temperature' && error.requestID !== null,
  )
})

test('a key without credits left is refused with what is there and what is needed', { timeout }, async () => {
  const own = (await account('/v1/key')) as { account_id: string }
  const made = await server.manage<{ key: string }>('POST', '/keys', {
    ...{ name: 'empty', limit_credits: '0', account_id: own.account_id },
  })
  await rejects(
    clientWith(made.key).chat.completions.create({ model: 'local/echo', messages, max_tokens: 5 }),
    (error) => {
      ok(error instanceof APIError)
      deepEqual([error.status, error.code, error.type], [402, 'insufficient_credits', 'insufficient_quota'])
      // 3 words of the prompt and 5 of the answer.
      deepEqual(at(error.error, 'metadata'), {
        ...{ available_credits: '0', needed_credits: '0.16', limit: 'key', affordable_output_tokens: 0 },
      })
      return true
    },
  )
})

test(
  'a stream that the client aborts is charged for what was delivered, and the hold is gone',
  { timeout },
  async () => {
    const before = await credits()
    const content = Array.from({ length: 5_000 }, (_, index) => `w${index}`).join(' ')
    const body = { model: 'local/echo', messages: [{ role: 'user' as const, content }], stream: true as const }
    const { data: stream, response } = await client()
      .chat.completions.create({ ...body, ...{ echo: { delay_ms: 5 } } })
      .withResponse()
    let seen = 0
    for await (const _ of stream) if (++seen === 20) break
    const receipt = () => account(`/v1/generation?id=${response.headers.get('x-generation-id')}`)
    await eventually('the call is settled', async () => at(await receipt(), 'state') === 'aborted')
    const { units, credits: cost } = (await receipt()) as { units: { input: number; output: number }; credits: string }
    equal(units.input, 5_000)
    ok(units.output >= 19 && units.output < 2_500)
    const now = await credits()
    equal(thousandths(before['available_credits']) - thousandths(now['available_credits']), thousandths(cost))
    equal(now['held_credits'], '0')

    const leaving = new AbortController()
    const asked = client().chat.completions.create(
      { ...body, stream: false, ...{ echo: { delay_ms: 5 } } },
      { signal: leaving.signal },
    )
    setTimeout(() => leaving.abort(), 100)
    await rejects(asked, (error) => error instanceof APIUserAbortError)
    await eventually('nothing is held', async () => (await credits())['held_credits'] === '0')
    equal((await credits())['available_credits'], now['available_credits'])
  },
)

test(
  'a server that was stopped and started again on the same data has the same balances and keys',
  { timeout },
  async () => {
    const before = [await credits(), await account('/v1/key'), await account('/v1/activity')]
    equal(await server.stop(), 0)
    server = await startServer(scope, { dataDir })
    deepEqual([await credits(), await account('/v1/key'), await account('/v1/activity')], before)
    await charged(() => client().chat.completions.create({ model: 'local/nano', messages }).withResponse())
    const { ok: holds } = await server.manage<{ ok: boolean }>('POST', '/reconcile')
    ok(holds)
  },
)
