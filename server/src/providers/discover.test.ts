import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { clock } from '../../test/support/clock.ts'
import { startMockUpstream } from '../../test/support/mock-upstream.ts'
import {
  listUpstreamModels,
  openProvider,
  probeLoopback,
  providersFromEnvironment,
  type ProviderSettings,
} from './index.ts'

const timeoutMs = 5_000

async function serve(t: TestContext, listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const settings = (baseUrl: string, more: Partial<ProviderSettings> = {}): ProviderSettings => ({
  name: 'p',
  dialect: 'compatible',
  baseUrl,
  apiKey: 'sk-secret',
  allowPrivate: true,
  ...more,
})

const answering =
  (body: unknown): RequestListener =>
  (_, response) =>
    void response.end(JSON.stringify(body))

test('a provider is configured by the variable that its own library reads', () => {
  deepEqual(
    providersFromEnvironment({ GEMINI_API_KEY: 'k', OPENAI_API_KEY: '', HOME: '/root', NOT_A_PROVIDER_API_KEY: 'x' }),
    [
      {
        name: 'gemini',
        dialect: 'gemini',
        baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
        apiKey: 'k',
        allowPrivate: false,
      },
    ],
  )
  deepEqual(providersFromEnvironment({}), [])
})

test('a provider without a usual address needs one, and has its version where one is set', () => {
  const key = { AZURE_OPENAI_API_KEY: 'k' }
  const endpoint = { AZURE_OPENAI_ENDPOINT: 'https://acme.openai.azure.com/' }
  deepEqual(providersFromEnvironment(key), [])
  const [azure] = providersFromEnvironment({ ...key, ...endpoint, AZURE_OPENAI_API_VERSION: '2025-01-01-preview' })
  equal(azure?.baseUrl, 'https://acme.openai.azure.com/?api-version=2025-01-01-preview')
  ok(openProvider(azure, { clock }).kind === 'ok')
  equal(providersFromEnvironment({ ...key, ...endpoint })[0]?.baseUrl, endpoint.AZURE_OPENAI_ENDPOINT)
})

test('what points clients on this machine to RedPill itself is no provider of it', () => {
  const variables = {
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:8787',
    ANTHROPIC_API_KEY: 'sk-rp-abc',
    OPENAI_API_KEY: 'sk-rpm-abc',
  }
  deepEqual(providersFromEnvironment(variables), [])
})

test('an address of the operator replaces the usual one, and may be private', () => {
  const [openai] = providersFromEnvironment({ OPENAI_API_KEY: ' k\n', OPENAI_BASE_URL: 'http://10.0.0.2/v1' })
  deepEqual(openai, {
    name: 'openai',
    dialect: 'openai',
    baseUrl: 'http://10.0.0.2/v1',
    apiKey: 'k',
    allowPrivate: true,
  })
})

test('every provider of the environment can be opened', async () => {
  const variables = ['OPENAI', 'ANTHROPIC', 'GEMINI', 'OPENROUTER', 'GROQ', 'TOGETHER', 'MISTRAL', 'DEEPSEEK', 'XAI']
  const found = providersFromEnvironment(Object.fromEntries(variables.map((name) => [`${name}_API_KEY`, 'k'])))
  // OpenAI's key opens both of its APIs.
  const expected = [...variables, 'OPENAI-RESPONSES'].toSorted()
  deepEqual(found.map(({ name }) => name.toUpperCase()).toSorted(), expected)
  for (const provider of found) {
    const opened = openProvider(provider, { clock })
    equal(opened.kind, 'ok', provider.name)
    if (opened.kind === 'ok') await opened.provider.close()
  }
})

test('model servers beside us are found by their ports, with their models', async (t) => {
  const mock = await startMockUpstream(t)
  const vllm = await serve(
    t,
    answering({ object: 'list', data: [{ id: 'meta/llama' }, { id: 'meta/llama' }, { nonsense: 1 }] }),
  )
  const html = await serve(t, (_, response) => void response.end('<html>'))
  const empty = await serve(t, answering({ object: 'list', data: [] }))
  const silent = await serve(t, () => undefined)
  const found = await probeLoopback({
    clock,
    timeoutMs: 3_000,
    ports: { ollama: mock.port, vllm, lmstudio: html, llamacpp: silent, compatible: empty },
  })
  deepEqual(
    found.map(({ settings: { name } }) => name),
    ['ollama', 'vllm'],
  )
  deepEqual(found[1], {
    settings: {
      name: 'vllm',
      dialect: 'vllm',
      baseUrl: `http://127.0.0.1:${vllm}/v1`,
      apiKey: undefined,
      allowPrivate: true,
    },
    models: ['meta/llama'],
  })
})

test('the models of a provider are listed by the names that a request uses', async (t) => {
  const bare = await serve(t, answering([{ id: 'a' }, { id: 'b' }]))
  deepEqual(await listUpstreamModels(settings(`http://127.0.0.1:${bare}`), { clock, timeoutMs }), {
    kind: 'ok',
    models: ['a', 'b'],
  })
  const gemini = await serve(t, answering({ data: [{ id: 'models/gemini-2.5-flash' }] }))
  const list = await listUpstreamModels(settings(`http://127.0.0.1:${gemini}/v1beta/openai/`), { clock, timeoutMs })
  deepEqual(list, { kind: 'ok', models: ['gemini-2.5-flash'] })
})

test('a provider that cannot be asked says why in a sentence without the key, and whether it is down', async (t) => {
  const withStatus = (status: number) => serve(t, (_, response) => void response.writeHead(status).end('{}'))
  const [refusing, ailing, unable] = [await withStatus(401), await withStatus(503), await withStatus(501)]
  const broken = await serve(t, (request) => void request.socket.destroy())
  const endless = await serve(t, (_, response) => {
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(100_000)));
    }
    response.on('drain', write)
    write()
  })
  const html = await serve(t, (_, response) => void response.end('<html>'))
  const silent = await serve(t, () => undefined)
  const cases: [ProviderSettings, RegExp, ('down' | undefined)?, number?][] = [
    [settings(`http://127.0.0.1:${refusing}`), /401.*key/],
    [settings(`http://127.0.0.1:${endless}`), /longer than/],
    [settings(`http://127.0.0.1:${html}`), /not a list/],
    [settings(`http://127.0.0.1:${silent}`), /no answer within 100 ms/, 'down', 100],
    [settings(`http://127.0.0.1:${ailing}`), /503/, 'down'],
    [settings(`http://127.0.0.1:${unable}`), /501/],
    [settings(`http://127.0.0.1:${broken}`), /socket/i, 'down'],
    [settings(`http://127.0.0.1:${html}`, { allowPrivate: false }), /private/],
    [settings('https://api.perplexity.ai', { dialect: 'perplexity' }), /does not list/],
    [settings('https://example.com', { dialect: 'no-such' }), /dialect "no-such" is unknown/],
    [settings('https://example.com', { apiKey: 'sk-secret\r\nx: y' }), /key/],
  ]
  for (const [provider, why, down, ms] of cases) {
    const list = await listUpstreamModels(provider, { clock, timeoutMs: ms ?? timeoutMs })
    ok(list.kind === 'failed', String(why))
    match(list.why, why)
    equal(list.isDown, down === 'down', String(why))
    ok(!list.why.includes('sk-secret'))
  }
})

test('settings that cannot work are refused before anything is sent', () => {
  for (const bad of [
    { dialect: 'no-such' },
    { apiKey: 'käse' },
    { baseUrl: 'ftp://x' },
    { baseUrl: 'http://10.0.0.1', allowPrivate: false },
  ]) {
    equal(openProvider(settings('https://example.com', bad), { clock }).kind, 'refused')
  }
})
