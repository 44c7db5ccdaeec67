import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { parseJson } from '../src/core/json.ts'
import { at, type Answer } from './support/ask.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const timeout = 120_000
const mebibyte = 1_048_576
const prices = { input: '0.01', output: '0.01' }

const stage = await openStage({ after }, { REDPILL_BODY_MAX_MIB: '1' })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
await stage.addModel({ id: 'm', prices, offers: [{ providerId, upstreamModel: 'normal' }] })
const customer = await stage.addCustomer('100000000')
const { url } = stage.server()
const paths = ['/v1/chat/completions', '/v1/completions', '/v1/embeddings'] as const

/** Whatever is sent, the answer is one that a program can read, and tells who it was. */
function checkAnswer({ status, headers, json, events }: Answer): void {
  match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  match(headers.get('x-generation-id') ?? '', /^gen-[0-9a-f-]{36}$/)
  if (status === 200) return ok(json !== undefined || events.at(-1) === '[DONE]')
  for (const field of ['message', 'type', 'code']) equal(typeof at(json, `error.${field}`), 'string')
  ok(at(json, 'error.param') === null || typeof at(json, 'error.param') === 'string')
}

const malformed: readonly (readonly [what: string, body: string | Buffer])[] = [
  ['nothing', ''],
  ['half an object', '{"model":"m"'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a text', '"model"'],
  ['JavaScript', "{model:'m'}"],
  ['two objects', '{"model":"m"}{"model":"m"}'],
  ['not a number', '{"model":"m","max_tokens":NaN}'],
  ['binary', Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x7b])],
  ['no model', '{"messages":[{"role":"user","content":"Hi"}],"prompt":"Hi","input":"Hi"}'],
  ['a model that is a list', '{"model":["m"],"messages":[{"role":"user","content":"Hi"}],"prompt":"Hi","input":"Hi"}'],
]

for (const [what, body] of malformed) {
  test(`${what} in place of a request is a 400 that says so, on every route`, { timeout }, async () => {
    for (const path of paths) {
      const answer = await customer.ask(path, body)
      deepEqual([answer.status, at(answer.json, 'error.code')], [400, 'invalid_request'], answer.text)
      checkAnswer(answer)
    }
  })
}

const chat = (more: string) => `{"model":"m","messages":[{"role":"user","content":"Hi"}],${more}}`
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

test('numbers reach the provider as they were written, however long', { timeout }, async () => {
  const schema = '{"type":"integer","maximum":9223372036854775807}'
  const tools = `"tools":[{"type":"function","function":{"name":"f","parameters":${schema}}}]`
  const answer = await customer.ask(paths[0], chat(`"seed":9007199254740993,"weight":1e400,${tools}`))
  equal(answer.status, 200, answer.text)
  equal(answer.headers.get('x-redpill-warnings'), null)
  const { text } = mock.requests.at(-1)!
  for (const part of ['"seed":9007199254740993', '"weight":1e400', tools]) ok(text.includes(part), text)
})

test('who cannot be sent a number as it was written is named', { timeout }, async () => {
  const body = '{"model":"local/echo","messages":[{"role":"user","content":"Hi"}],"seed":9007199254740993}'
  match((await customer.ask(paths[0], body)).headers.get('x-redpill-warnings') ?? '', /numbers .* are rounded/)
})

test('a number that is too large, too small or no whole one is refused by name, not rounded', { timeout }, async () => {
  for (const number of ['1e999', '-1', '0', '1.5', '9007199254740993', '"7"', 'true', '[1]', '{}']) {
    for (const field of ['max_tokens', 'max_completion_tokens', 'n']) {
      const answer = await customer.ask(paths[0], chat(`"${field}":${number}`))
      deepEqual([answer.status, at(answer.json, 'error.param')], [400, field], `${field}: ${number}`)
    }
  }
})

test('nesting of any depth and in any place is a 400, and holds nothing', { timeout }, async () => {
  const places = [
    (value: string) => chat(`"extra":${value}`),
    (value: string) => chat(`"metadata":${value}`),
    (value: string) =>
      `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":${value}}]}]}`,
    (value: string) => `{"model":"m","messages":${value}}`,
  ]
  for (const place of places) {
    const answer = await customer.ask(paths[0], place(deep(200_000)))
    equal(answer.status, 400, answer.text)
    checkAnswer(answer)
  }
  equal((await customer.ask(paths[0], chat(`"extra":${deep(100)}`))).status, 200)
  equal((await customer.balance()).held, '0')
})

test('of a key that is given twice the last one counts, for the price and for the provider', { timeout }, async () => {
  const answer = await customer.ask(paths[0], `{"model":"no/such",${chat('"max_tokens":3,"max_tokens":2').slice(1)}`)
  equal(answer.status, 200, answer.text)
  deepEqual([mock.requests.at(-1)!.body['max_tokens'], at(answer.json, 'usage.completion_tokens')], [2, 2])
})

test(
  'fields that we do not know reach a compatible provider as they are, and so does every one that we do',
  { timeout },
  async () => {
    const body = {
      messages: [
        { role: 'system', content: 'Be \ud83d\ude00 brief.', name: 'é' },
        { role: 'user', content: [{ type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }] },
      ],
      temperature: 0.1234567890123,
      top_p: 1e-7,
      logit_bias: { 50256: -100 },
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { $ref: '#/$defs/y' }, strict: true } },
      tools: [
        { type: 'function', function: { name: 'f', parameters: { properties: { ключ: { enum: [null, 1, 'a'] } } } } },
      ],
      'x-unknown': { nested: [{ deeply: [[], {}, null, false, 0, -0.5, ''] }] },
      seed: 9_007_199_254_740_991,
      stop: ['\u0000', '\n'],
      metadata: { a: 'b' },
      user: 'u-1',
      max_tokens: 4,
    }
    await customer.chat({ model: 'm', ...body })
    deepEqual(mock.requests.at(-1)!.body, { ...body, model: 'normal' })
    await customer.chat({ model: 'm', stream: true, stream_options: { include_obfuscation: false }, ...body })
    deepEqual(mock.requests.at(-1)!.body, {
      ...body,
      ...{ model: 'normal', stream: true, stream_options: { include_obfuscation: false, include_usage: true } },
    })
    const embed = { input: ['a', 'b'], dimensions: 3, encoding_format: 'base64', unknown: 1 }
    await customer.ask(paths[2], { model: 'm', ...embed })
    deepEqual(mock.requests.at(-1)!.body, { ...embed, model: 'normal' })
  },
)

/** Sends a body over node:http, all of it, before the answer is looked at. */
async function sendWhole(body: Buffer, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  const request = httpRequest(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${customer.key}`, 'content-type': 'application/json', ...headers },
  })
  const answered = once(request, 'response')
  for (let at_ = 0; at_ < body.length; at_ += 65_536) {
    if (!request.write(body.subarray(at_, at_ + 65_536))) await Promise.race([once(request, 'drain'), answered])
  }
  request.end()
  const [response] = (await answered) as [AsyncIterable<Buffer> & { statusCode: number }]
  const text = Buffer.concat(await Array.fromAsync(response)).toString()
  return { status: response.statusCode, text }
}

const bodyOf = (size: number): Buffer => {
  const empty = chat('"pad":""')
  return Buffer.from(empty.replace('"pad":""', `"pad":"${'x'.repeat(size - empty.length)}"`))
}

for (const [how, headersOf] of [
  ['with its length', (body: Buffer) => ({ 'content-length': String(body.length) })],
  ['in chunks', () => ({ 'transfer-encoding': 'chunked' })],
] as const) {
  test(`a body above the limit, sent ${how}, is a 413 that names the limit, and can be read`, { timeout }, async () => {
    for (const size of [mebibyte + 1, 3 * mebibyte, 20 * mebibyte]) {
      const body = bodyOf(size)
      const { status, text } = await sendWhole(body, headersOf(body))
      deepEqual([status, at(parseJson(text), 'error.code')], [413, 'request_too_large'])
      match(String(at(parseJson(text), 'error.message')), /1 MiB.*REDPILL_BODY_MAX_MIB/)
    }
    const { status, text } = await sendWhole(bodyOf(mebibyte), headersOf(bodyOf(mebibyte)))
    equal(status, 200, text)
  })
}

test('a body above the limit is told as a 413 to a client that sends it in one piece', { timeout }, async () => {
  const answer = await customer.ask(paths[0], bodyOf(5 * mebibyte))
  equal(answer.status, 413)
  checkAnswer(answer)
})

/** Writes to a socket, and gives all that comes until it closes. */
async function exchange(text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(text)
  return Buffer.concat(await Array.fromAsync(socket as AsyncIterable<Buffer>)).toString()
}

const rawPost = (body: string, more = '') =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${customer.key}\r\n${more}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

test('requests that are sent one behind the other are answered each, in their order', { timeout }, async () => {
  const say = (content: string) => JSON.stringify({ model: 'local/echo', messages: [{ role: 'user', content }] })
  const slow = JSON.stringify({ ...JSON.parse(say('first')), echo: { delay_ms: 100 } } as object)
  const text = await exchange(
    [rawPost(slow), rawPost('{'), rawPost(say('third')), rawPost(say('fourth'), 'connection: close\r\n')].join(''),
  )
  const marks = ['"content":"first"', '"invalid_request"', '"content":"third"', '"content":"fourth"']
  const places = marks.map((mark) => text.indexOf(mark))
  ok(
    places.every((place, index) => place > (places[index - 1] ?? 0)),
    text,
  )
  deepEqual(
    [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ['200', '400', '200', '200'],
  )
})

test('other methods on the paths of the models are a 405 that names the right one', { timeout }, async () => {
  for (const path of paths) {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD']) {
      const response = await fetch(url + path, { method })
      deepEqual([response.status, response.headers.get('allow')], [405, 'POST'], method)
      notEqual(response.headers.get('x-request-id'), null)
      const text = await response.text()
      if (method === 'HEAD') equal(text, '')
      else equal(at(parseJson(text), 'error.code'), 'method_not_allowed')
    }
  }
})

test(
  'a key is found where either client puts it, and without one the answer says how to send it',
  { timeout },
  async () => {
    const body = JSON.stringify({ model: 'local/echo', messages: [{ role: 'user', content: 'Hi' }] })
    const post = async (headers: Record<string, string>) => {
      const response = await fetch(url + paths[0], { method: 'POST', body, headers })
      return { status: response.status, headers: response.headers, text: await response.text() }
    }
    equal((await post({ 'x-api-key': customer.key })).status, 200)
    equal((await post({ authorization: `bearer   ${customer.key} ` })).status, 200)
    equal((await post({ authorization: customer.key })).status, 200)
    equal((await post({ authorization: `Bearer ${customer.key}`, 'content-type': 'text/plain' })).status, 200)
    for (const headers of [{}, { authorization: 'Bearer' }, { authorization: `Basic ${customer.key}` }]) {
      const { status, text, headers: told } = await post(headers)
      deepEqual([status, at(parseJson(text), 'error.code')], [401, 'invalid_api_key'])
      match(told.get('x-generation-id') ?? '', /^gen-/)
    }
  },
)

const wild = fc.oneof(fc.jsonValue(), fc.constantFrom(null, '', 0, -1, 1e308, [], {}, [null], [[]]))
const field = (good: fc.Arbitrary<unknown>) => fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: wild })
const anyMessage = fc.record({
  role: field(fc.constantFrom('user', 'system', 'assistant')),
  content: field(fc.string()),
})
const anyBody = fc.record(
  {
    model: field(fc.constantFrom('m', 'local/echo', 'local/nano', 'no/such')),
    messages: field(fc.array(field(anyMessage), { maxLength: 3 })),
    prompt: field(fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 3 }))),
    input: field(fc.oneof(fc.string(), fc.array(fc.nat(1_000), { maxLength: 5 }))),
    stream: field(fc.boolean()),
    stream_options: field(fc.record({ include_usage: fc.boolean() })),
    max_tokens: field(fc.integer({ min: 1, max: 20 })),
    n: field(fc.integer({ min: 1, max: 3 })),
    stop: field(fc.string()),
    temperature: field(fc.double({ min: 0, max: 2, noNaN: true })),
    usage: wild,
    tools: wild,
    echo: wild,
    extra: wild,
  },
  { requiredKeys: ['model'] },
)

for (const path of paths) {
  test(
    `whatever JSON is sent to ${path}, the answer is no fault of ours, and nothing stays held`,
    { timeout },
    async () => {
      const body = fc.record({ body: anyBody, keeps: fc.subarray(['messages', 'prompt', 'input']) })
      await fc.assert(
        fc.asyncProperty(body, async (sent) => {
          const answer = await customer.ask(path, JSON.stringify(sent.body))
          checkAnswer(answer)
          ok([200, 400, 402, 404].includes(answer.status), `${answer.status} ${answer.text}`)
        }),
        { numRuns: 150 },
      )
      equal((await customer.balance()).held, '0')
    },
  )

  test(`whatever bytes are sent to ${path}, the answer is a 400`, { timeout }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        const answer = await customer.ask(path, Buffer.from(bytes))
        checkAnswer(answer)
        equal(answer.status, 400)
      }),
      { numRuns: 50 },
    )
  })
}

test('no input was a fault of ours', async () => {
  ok(!stage.server().output().includes('"level":"error"'), stage.server().output().slice(-5_000))
  await stage.reconcile()
})
