import { deepEqual, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest, type Server } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { atEnd } from './support/scope.ts'
import { openStage, type Stage } from './support/stage.ts'

/**
 * A strict stand-in for OpenAI, made from its published specification by `@stdy/cli`, takes every request that we send. The
 * specification is too large to be kept here, so its path is given:
 *
 *   REDPILL_TEST_OPENAI_SPEC=/path/to/openapi.yaml npm test -- openai-specification
 */
const specification = process.env['REDPILL_TEST_OPENAI_SPEC']
const skip = specification === undefined ? 'REDPILL_TEST_OPENAI_SPEC names no specification' : false
const timeout = 300_000

const tool = {
  type: 'function',
  function: {
    name: 'look',
    description: 'Looks',
    parameters: { type: 'object', properties: { at: { type: 'string' } } },
  },
}
const call = { id: 'call_1', type: 'function', function: { name: 'look', arguments: '{"at":"x"}' } }
const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' } }
const hi = [{ role: 'user', content: 'Hi' }]

/** What callers of each API may ask, so that every way in is seen on its way out. */
const asked: readonly (readonly [path: string, body: object])[] = [
  ['/v1/chat/completions', { messages: hi }],
  ['/v1/chat/completions', { messages: hi, stream: true, stream_options: { include_usage: true } }],
  [
    '/v1/chat/completions',
    { messages: hi, usage: { include: true }, strict: true, session_id: 's', metadata: { a: 'b' } },
  ],
  ['/v1/chat/completions', { messages: hi, provider: { sort: 'price' }, models: ['m'], reasoning: { effort: 'low' } }],
  ['/v1/chat/completions', { messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, picture] }] }],
  [
    '/v1/chat/completions',
    {
      ...{ tools: [tool], tool_choice: 'auto', parallel_tool_calls: true },
      messages: [
        { role: 'system', content: 'Be brief.' },
        ...hi,
        { role: 'assistant', content: null, tool_calls: [call, { ...call, id: 'call_2' }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'seen' },
        { role: 'tool', tool_call_id: 'call_2', content: 'seen' },
      ],
    },
  ],
  [
    '/v1/chat/completions',
    {
      messages: hi,
      response_format: { type: 'json_schema', json_schema: { name: 'x', strict: true, schema: { type: 'object' } } },
      ...{
        temperature: 0.5,
        top_p: 0.9,
        seed: 1,
        n: 2,
        stop: ['a'],
        presence_penalty: 0.1,
        logprobs: true,
        top_logprobs: 2,
      },
    },
  ],
  ['/v1/completions', { prompt: 'Hi', max_tokens: 5 }],
  ['/v1/completions', { model: 'legacy', prompt: 'Hi' }],
  ['/v1/embeddings', { input: ['a', 'b'], dimensions: 8, encoding_format: 'base64' }],
  ['/v1/moderations', { input: 'Hi' }],
  [
    '/v1/messages',
    {
      max_tokens: 50,
      messages: hi,
      system: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
      top_k: 5,
    },
  ],
  [
    '/v1/messages',
    {
      ...{ max_tokens: 50, stream: true, thinking: { type: 'enabled', budget_tokens: 1_024 } },
      tools: [{ name: 'look', input_schema: { type: 'object' } }],
      messages: [
        ...hi,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
            { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} },
          ],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'seen', is_error: true }] },
      ],
    },
  ],
  ['/v1/responses', { input: 'Hi', instructions: 'Be brief.', max_output_tokens: 50, reasoning: { effort: 'low' } }],
  [
    '/v1/responses',
    {
      ...{ stream: true, tools: [{ type: 'function', name: 'look', parameters: { type: 'object' }, strict: false }] },
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
        { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'seen' },
      ],
    },
  ],
]

for (const dialect of ['openai', 'openai-responses']) {
  test(`OpenAI's specification accepts every request that goes to ${dialect}`, { skip, timeout }, async (t) => {
    const scope = { after: (cleanup: () => Promise<void>) => t.after(cleanup) }
    const strict = await startStrict(scope, specification!)
    const stage = await openStage(scope)
    const providerId = await addProvider(stage, dialect, strict.baseUrl)
    const prices = { input: '1', output: '1' }
    await stage.addModel({ id: 'm', prices, outputTokensMax: 4_096, offers: [{ providerId, upstreamModel: 'gpt-4o' }] })
    const legacy = [{ providerId, upstreamModel: 'gpt-3.5-turbo-instruct' }]
    await stage.addModel({ id: 'legacy', prices, outputTokensMax: 4_096, offers: legacy })
    const customer = await stage.addCustomer('1000000000')
    for (const [path, body] of asked) await customer.ask(path, { model: 'm', ...body })
    ok(strict.heard.length > 0)
    deepEqual(
      strict.heard.filter(({ status }) => status >= 400),
      [],
    )
  })
}

async function addProvider(stage: Stage, dialect: string, baseUrl: string): Promise<string> {
  const body = { name: dialect, dialect, base_url: baseUrl, api_key: 'sk-strict', allow_private: true }
  return (await stage.server().manage<{ data: { id: string } }>('POST', '/providers', body)).data.id
}

type Heard = { readonly path: string; readonly sent: string; readonly status: number; readonly answer: string }

/** The stand-in, and before it a proxy that notes what it said. */
async function startStrict(scope: { after: (cleanup: () => Promise<void>) => void }, path: string) {
  const port = await freePort()
  const steady = spawn('npx', ['--yes', '@stdy/cli@0.22.2', '--host', '127.0.0.1', '-p', String(port), path], {
    stdio: 'ignore',
    detached: true,
  })
  atEnd(scope, () => {
    if (steady.exitCode === null) process.kill(-steady.pid!, 'SIGKILL')
  })
  while (!(await answers(port))) {
    if (steady.exitCode !== null) throw new Error(`@stdy/cli ended with ${steady.exitCode}`)
    await sleep(200)
  }
  const heard: Heard[] = []
  const proxy = startProxy(port, (each) => heard.push(each))
  atEnd(scope, () => {
    proxy.closeAllConnections()
    proxy.close()
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  return { heard, baseUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/v1` }
}

function startProxy(port: number, hear: (heard: Heard) => void): Server {
  return createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((pieces) => {
      const sent = Buffer.concat(pieces)
      // The specification's server has the version in its base; its paths do not.
      const path = (request.url ?? '').replace(/^\/v1/, '')
      const headers = { ...request.headers, host: `127.0.0.1:${port}` }
      const onward = httpRequest({ host: '127.0.0.1', port, path, method: request.method, headers }, (answer) => {
        void Array.fromAsync(answer as AsyncIterable<Buffer>).then((parts) => {
          const body = Buffer.concat(parts)
          hear({ path, sent: sent.toString(), status: answer.statusCode ?? 0, answer: body.toString().slice(0, 2_000) })
          response
            .writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' })
            .end(body)
        })
      })
      onward.end(sent)
    })
  })
}

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )
