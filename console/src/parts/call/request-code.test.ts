import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { requestSamples } from './request-code.ts'

const call = {
  kind: 'chat',
  model: 'acme/large',
  model_asked: 'large',
  parameters: { temperature: 0.2, messages: 3, tools: 1, seed: 7 },
  streamed: true,
} as const

test('a call is written as a request to this server: what it asked for, and places for the words that were not kept', () => {
  const [curl, python, typescript] = requestSamples(call, 'https://ai.example')
  equal(curl?.language, 'curl')
  ok(curl?.code.startsWith('curl https://ai.example/v1/chat/completions \\'))
  const body: unknown = JSON.parse(/-d '([^]*)'$/.exec(curl?.code ?? '')?.[1] ?? '')
  deepEqual(body, {
    model: 'large',
    messages: [{ role: 'user', content: '...' }],
    temperature: 0.2,
    seed: 7,
    stream: true,
  })
  ok(python?.code.includes('base_url="https://ai.example/v1"'))
  ok(python?.code.includes('    stream=True,'))
  ok(typescript?.code.includes('for await (const chunk of answer)'))
})

test('each kind of call goes to its own path', () => {
  for (const [kind, path] of [
    ['embeddings', '/v1/embeddings'],
    ['rerank', '/v1/rerank'],
    ['moderations', '/v1/moderations'],
    ['completions', '/v1/completions'],
  ] as const) {
    const [curl, python] = requestSamples({ ...call, kind, streamed: false }, 'http://localhost:1')
    ok(curl?.code.includes(`http://localhost:1${path} `), kind)
    ok(!python?.code.includes('stream'), kind)
  }
})
