import { equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { apiDocument } from '../src/api/document.ts'
import { operationGroups } from '../src/api/operations.ts'
import { catalogue } from '../src/core/errors.ts'
import { isObject, parseJson, type JsonObject } from '../src/core/json.ts'
import { inboundApis, countApis } from '../src/gateway/index.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'
import { textOrBeginning } from './support/stream-beginning.ts'

/** What no honest client sends, to every route there is: each is answered in the API's own form, and nothing breaks. */
const timeout = 240_000
const stage = await openStage({ after }, { REDPILL_BODY_MAX_MIB: '2', REDPILL_LOG_LEVEL: 'info' })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
const prices = { input: '1', output: '1' }
await stage.addModel({ id: 'm', prices, offers: [{ providerId, upstreamModel: 'normal' }] })
const customer = await stage.addCustomer('100000000')
const { operatorKey } = stage.server()

const deep = (open: string, close: string) => `{"model":"m","name":${open.repeat(5_000)}1${close.repeat(5_000)}}`
const hostileBodies: readonly (string | Buffer)[] = [
  '',
  ' ',
  '{',
  'null',
  '[]',
  '"text"',
  '0',
  'NaN',
  '{"a":1,}',
  '\uFEFF{}',
  '{"__proto__":{"x":1},"constructor":1,"toString":null}',
  '{"model":"m","model":7}',
  deep('[', ']'),
  deep('{"a":', '}'),
  `[${'['.repeat(100_000)}`,
  Buffer.from([0xff, 0xfe, 0x00, 0x7b]),
  Buffer.from('{"name":"\xff\xfe\xc3(","model":"\xff"}', 'latin1'),
  '{"name":"\\u0000","model":"\\u0000","input":"\\u0000","messages":[{"role":"\\u0000","content":"\\u0000"}]}',
  '{"name":"\\ud800","model":"\\udfff","url":"\\ud800"}',
  `{"name":${'9'.repeat(400)},"model":1e400,"limit_credits":"${'9'.repeat(400)}","credits":"1e5"}`,
  `{"${'k'.repeat(100_000)}":1}`,
  JSON.stringify(Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`f${at}`, at]))),
  'x'.repeat(2_200_000),
]

type Answer = { readonly status: number; readonly text: string; readonly type: string }

async function send(method: string, path: string, key: string, body?: string | Buffer, headers = {}): Promise<Answer> {
  const response = await fetch(stage.server().url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && method !== 'GET' && { body: new Uint8Array(Buffer.from(body as string)) }),
    signal: AbortSignal.timeout(30_000),
  })
  const text = path.startsWith('/api/') ? await textOrBeginning(response) : await response.text()
  return { status: response.status, text, type: response.headers.get('content-type') ?? '' }
}

const codes = new Set(Object.keys(catalogue))
/** What may be answered with 5xx: nothing is wrong with the server, but with the mock upstream's reading of odd numbers. */
const refusals = new Set(['no_offer_available', 'model_unpriced', 'upstream_error'])

/** Fails unless the answer is a success, or an error in the form of the API. */
function checkAnswer(what: string, { status, text, type }: Answer, isAnthropic: boolean): void {
  if (status < 400) return
  const body = parseJson(text)
  const error = isObject(body) ? body['error'] : undefined
  ok(type.startsWith('application/json') && isObject(error), `${what}: ${status} ${text.slice(0, 300)}`)
  const details = isAnthropic && isObject(error['details']) ? error['details']['error_code'] : error['code']
  const code = typeof details === 'string' ? details : codeFromStatus(error['code'])
  ok(typeof error['message'] === 'string' && error['message'] !== '', what)
  ok(error['message'].length < 5_000, `${what}: ${error['message'].length} characters`)
  if (code !== undefined) ok(codes.has(code), `${what}: ${code}`)
  if (isAnthropic) equal((body as JsonObject)['type'], 'error', what)
  ok(status < 500 || (code !== undefined && refusals.has(code)), `${what}: ${status} ${text.slice(0, 300)}`)
}

/** OpenRouter's envelope has the status as its code. */
const codeFromStatus = (code: unknown): string | undefined => (typeof code === 'number' ? undefined : String(code))

/** Faults, forgotten promises and jobs that failed are logged as errors; a hostile request is none. */
function checkLog(): void {
  const errors = stage
    .server()
    .output()
    .split('\n')
    .map((line) => parseJson(line))
    .filter((line) => isObject(line) && line['level'] === 'error')
  const told = errors.slice(0, 3).map((line) => JSON.stringify(line).slice(0, 2_000))
  // Not deepEqual: its comparison of long texts takes more memory than there is.
  ok(told.length === 0, told.join('\n'))
}

const nobody = '01980f3e-7c1a-7000-8000-0123456789ab'
const operations = Object.entries(apiDocument(operationGroups).paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item).map(
    ([method, { parameters = [] }]: [string, { parameters?: { name: string; in: string }[] }]) => ({
      method: method.toUpperCase(),
      path,
      query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    }),
  ),
)
const inference = [...Object.keys(inboundApis), ...Object.keys(countApis)]
const isInference = (path: string) => inference.includes(path)

test('no body, however odd, makes any route fail or hang', { timeout }, async () => {
  const withBody = operations.filter(({ method, path }) => method !== 'GET' && !isInference(path))
  const paths = [...withBody, ...inference.map((path) => ({ method: 'POST', path }))]
  for (const { method, path } of paths) {
    const url = path.replaceAll(/\{\w+\}/g, nobody)
    const key = isInference(path) || path.startsWith('/v1/') ? customer.key : operatorKey
    const answers = await Promise.all(
      hostileBodies.map(async (body) => ({ body, answer: await send(method, url, key, body) })),
    )
    for (const { body, answer } of answers)
      checkAnswer(`${method} ${path} ${body.toString().slice(0, 60)}`, answer, path.includes('/messages'))
  }
  checkLog()
})

test('a host or a target that is no URL, and a body that breaks off, are the caller’s fault', { timeout }, async () => {
  const port = Number(new URL(stage.server().url).port)
  const talk = async (text: string, cut = false): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString()))
    socket.on('error', () => {})
    socket.write(text)
    if (cut) setTimeout(() => socket.resetAndDestroy(), 50)
    await once(socket, 'close')
    return answer
  }
  for (const line of ['GET /healthz HTTP/1.1\r\nhost: a b', 'OPTIONS * HTTP/1.1\r\nhost: x']) {
    const answer = await talk(`${line}\r\nconnection: close\r\n\r\n`)
    match(answer, /^HTTP\/1\.1 400 [^]*"code":"invalid_request"/, line)
  }
  for (const [path, key] of [
    ['/api/v1/keys', operatorKey],
    ['/v1/messages', customer.key],
  ] as const) {
    const head = `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n`
    equal(await talk(`${head}content-length: 500\r\n\r\n{"a":`, true), '')
    match(await talk(`${head}transfer-encoding: chunked\r\n\r\nzz\r\n`), /^HTTP\/1\.1 400 [^]*"code":"invalid_request"/)
  }
  checkLog()
})

const hostileTexts = [
  '',
  ' ',
  '\0',
  '%00',
  '\ud800',
  "'",
  '"',
  '../..',
  'null',
  '-1',
  '1e9',
  '9'.repeat(300),
  '{"a":',
  '[]',
  '0x7f',
  'é'.repeat(300),
  nobody,
]

test('no query, path or cursor, however odd, makes any route fail or hang', { timeout }, async () => {
  const cursors = [
    '[]',
    '[null]',
    '[1]',
    '["x"]',
    `["${nobody}"]`,
    `["${nobody}","${nobody}"]`,
    '["\\u0000"]',
    '{}',
    'x',
  ].map((text) => Buffer.from(text).toString('base64url'))
  for (const { method, path, query } of operations.filter((operation) => operation.method !== 'POST')) {
    for (const text of hostileTexts) {
      const encoded = text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
      const url = path.replaceAll(/\{\w+\}/g, encoded || '%20')
      checkAnswer(`${method} ${url}`, await send(method, url, operatorKey), false)
    }
    if (method !== 'GET') continue
    const url = path.replaceAll(/\{\w+\}/g, nobody)
    for (const name of query) {
      for (const text of name === 'cursor' ? [...hostileTexts, ...cursors] : hostileTexts) {
        const encoded = text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80'
        checkAnswer(`GET ${url}?${name}=${encoded}`, await send('GET', `${url}?${name}=${encoded}`, operatorKey), false)
      }
    }
    for (const rest of ['?', '?&&&', '?a=1&a=2', '?%', '?%FF', '?limit[]=1', `?${'a'.repeat(8_000)}`])
      checkAnswer(`GET ${url}${rest}`, await send('GET', url + rest, operatorKey), false)
  }
  checkLog()
})

test('no header, however odd, makes a call fail or hang', { timeout }, async () => {
  const names = [
    'x-redpill-trace-id',
    'x-redpill-metadata',
    'traceparent',
    'http-referer',
    'x-title',
    'x-session-id',
    'idempotency-key',
    'content-type',
    'accept',
    'anthropic-version',
    'x-api-key',
    'x-forwarded-for',
    'forwarded',
    'expect-nothing',
    'range',
    'if-none-match',
  ]
  const values = ['', ' ', '\u0080\u00ff', '"', '{', '[]', 'x'.repeat(9_000), '-1', '%00', '\t', ',,,', nobody]
  const body = JSON.stringify({
    model: 'm',
    max_tokens: 9,
    messages: [{ role: 'user', content: 'Hi' }],
    input: 'Hi',
    prompt: 'Hi',
  })
  for (const path of inference) {
    const asked = names.flatMap((name) => values.map((value) => ({ name, value })))
    const answers = await Promise.all(
      asked.map(async ({ name, value }) => ({
        name,
        value,
        answer: await send('POST', path, customer.key, body, { [name]: value }),
      })),
    )
    for (const { name, value, answer } of answers)
      checkAnswer(`${path} ${name}: ${value.slice(0, 40)}`, answer, path.includes('/messages'))
  }
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    'Basic x',
    `Bearer ${'x'.repeat(9_000)}`,
    'Bearer sk-rp-\u00ff',
  ])
    for (const path of ['/v1/messages', '/v1/responses', '/api/v1/keys']) {
      const answer = await send('POST', path, customer.key, '{}', { authorization })
      ok([401, 429].includes(answer.status), `${path} ${authorization.slice(0, 20)}: ${answer.status}`)
      checkAnswer(`${path} ${authorization.slice(0, 20)}`, answer, path.includes('/messages'))
    }
  checkLog()
})

const message = { role: 'user', content: 'Hi' }

test('warnings of many fields, of whatever name, fit into the head of an answer', { timeout }, async () => {
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`\u{1F48A}-${at}`, 'x']))
  const answer = await customer.ask('/v1/messages', { ...many, model: 'm', max_tokens: 9, messages: [message] })
  equal(answer.status, 200)
  match(answer.headers.get('x-redpill-warnings') ?? '', /^%F0%9F%92%8A-0 .{1000,4000}$/)
})

const valid: Readonly<Record<string, JsonObject>> = {
  '/v1/chat/completions': { model: 'm', messages: [message] },
  '/v1/completions': { model: 'm', prompt: 'Hi' },
  '/v1/embeddings': { model: 'm', input: 'Hi' },
  '/v1/rerank': { model: 'm', query: 'Hi', documents: ['a'] },
  '/v1/moderations': { model: 'm', input: 'Hi' },
  '/v1/messages': { model: 'm', max_tokens: 9, messages: [message] },
  '/v1/responses': { model: 'm', input: 'Hi' },
  '/v1/messages/count_tokens': { model: 'm', messages: [message] },
}
const fieldNames = [
  'model',
  'messages',
  'prompt',
  'input',
  'query',
  'documents',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'max_output_tokens',
  'n',
  'best_of',
  'tools',
  'tool_choice',
  'functions',
  'response_format',
  'text',
  'metadata',
  'user',
  'session_id',
  'usage',
  'strict',
  'store',
  'reasoning',
  'reasoning_effort',
  'thinking',
  'system',
  'instructions',
  'stop',
  'stop_sequences',
  'temperature',
  'top_k',
  'logit_bias',
  'provider',
  'models',
  'route',
  'transforms',
  'plugins',
  'cache_control',
  'top_n',
  'return_documents',
  'encoding_format',
  'dimensions',
  'include',
  'truncation',
  'previous_response_id',
]

/** Values of every type, with the odd ones more often, and shapes that half look like the real ones. */
const oddText = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    'm',
    'user',
    'text',
    'image_url',
    'tool',
    'function',
    'data:;base64,',
    'http://169.254.169.254/',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)
const oddNumber = fc.oneof(
  fc.constantFrom(-1, 0, 0.5, 1e308, -1e308, 2 ** 53, -0),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const { value: oddValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    oddText,
    oddNumber,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      'type',
      'role',
      'content',
      'text',
      'name',
      'id',
      'function',
      'arguments',
      'input',
      'image_url',
      'url',
      'source',
      'tool_calls',
      'tool_call_id',
      'call_id',
      'parameters',
      'order',
      'only',
      'effort',
      'max_tokens',
      'format',
      'schema',
      '__proto__',
    ),
    tie('value'),
    { maxKeys: 5 },
  ),
}))

test(
  'no field of any inbound API, of whatever type, makes a call fail or hang, or its hold stay',
  { timeout },
  async () => {
    for (const [path, body] of Object.entries(valid)) {
      const odd = fc.dictionary(fc.constantFrom(...fieldNames), oddValue, { minKeys: 1, maxKeys: 3 })
      await fc.assert(
        fc.asyncProperty(fc.array(odd, { minLength: 8, maxLength: 8 }), async (fields) => {
          const answers = await Promise.all(
            fields.map(async (more) => {
              const asked = JSON.stringify({ ...body, ...more })
              return { asked, answer: await send('POST', path, customer.key, asked) }
            }),
          )
          for (const { asked, answer } of answers)
            checkAnswer(`${path} ${asked.slice(0, 500)}`, answer, path.includes('/messages'))
        }),
        { numRuns: 20, endOnFailure: true },
      )
    }
    checkLog()
    equal((await customer.balance()).held, '0')
    await stage.reconcile()
  },
)
