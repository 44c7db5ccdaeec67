import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { startGeminiUpstream } from '../../../test/support/gemini-upstream.ts'
import { clock } from '../../../test/support/clock.ts'
import { listUpstreamModels } from '../index.ts'
import { readModelList } from './model-list.ts'

const list = {
  models: [
    { name: 'models/gemini-2.5-flash', supportedGenerationMethods: ['generateContent', 'countTokens'] },
    { name: 'models/gemini-embedding-001', supportedGenerationMethods: ['embedContent'] },
    { name: 'models/imagen-4.0-generate-001', supportedGenerationMethods: ['predict'] },
    { name: 'tunedModels/own', supportedGenerationMethods: ['generateContent'] },
    { name: 'models/aqa' },
  ],
}

test('the models of Google that can be called are listed by the names that requests use', async (t) => {
  const upstream = await startGeminiUpstream(t)
  upstream.enqueue({ body: list })
  const settings = { name: 'p', dialect: 'gemini', baseUrl: upstream.baseUrl, apiKey: 'k', allowPrivate: true }
  deepEqual(await listUpstreamModels(settings, { clock, timeoutMs: 5_000 }), {
    kind: 'ok',
    models: ['gemini-2.5-flash', 'gemini-embedding-001', 'tunedModels/own'],
  })
  equal(upstream.requests[0]!.path, '/v1beta/models?pageSize=1000')
  equal(upstream.requests[0]!.headers['x-goog-api-key'], 'k')
})

test('an answer of another shape is no list', () => {
  for (const answer of [undefined, null, {}, { models: 'x' }]) equal(readModelList(answer), undefined)
})
