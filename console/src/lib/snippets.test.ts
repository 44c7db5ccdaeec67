import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointOf, sampleBody, snippetsOf } from './snippets.ts'

const origin = 'http://localhost:8787'
const codeOf = (...call: Parameters<typeof snippetsOf>) =>
  Object.fromEntries(snippetsOf(...call).map(({ language, code }) => [language, code])) as Record<
    'curl' | 'Python' | 'TypeScript',
    string
  >

test('a model is called where models of its kind answer', () => {
  assert.equal(endpointOf(['text', 'image']), 'chat')
  assert.equal(endpointOf(['embeddings']), 'embeddings')
  assert.equal(endpointOf(['rerank']), 'rerank')
  assert.equal(endpointOf(['moderation']), 'moderations')
})

test('a copied command survives quotes in what was typed', () => {
  const { curl } = codeOf('chat', { model: 'a/b', messages: [{ role: 'user', content: `it's "so" $HOME` }] }, origin)
  assert.match(curl, /it'\\''s \\"so\\" \$HOME/)
  assert.match(curl, /^curl http:\/\/localhost:8787\/v1\/chat\/completions /)
})

test('copied Python names its constants as Python does, and reads a stream as one', () => {
  const { Python } = codeOf('chat', { model: 'a/b', messages: [], stream: true }, origin)
  assert.match(Python, /stream=True/)
  assert.match(Python, /for chunk in stream:/)
})

test('what OpenAI has no library for is called by plain HTTP', () => {
  const codes = codeOf('rerank', sampleBody('rerank', 'a/b'), origin)
  assert.match(codes.Python, /urllib/)
  assert.match(codes.TypeScript, /fetch\('http:\/\/localhost:8787\/v1\/rerank'/)
})
