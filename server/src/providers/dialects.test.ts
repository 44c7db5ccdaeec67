import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider } from '@pydantic/genai-prices'
import { checkBaseUrl } from '../platform/guard/index.ts'
import { dialects } from './index.ts'

test('every dialect has its own id, and every base URL can be called', () => {
  for (const [id, { baseUrl, loopbackPort }] of dialects) {
    if (baseUrl === undefined) ok(id === 'compatible' || id === 'azure')
    else deepEqual(checkBaseUrl(baseUrl, { allowPrivate: loopbackPort !== undefined }), { kind: 'ok', url: baseUrl })
  }
})

test('every variable and port names one dialect', () => {
  const keys = [...dialects.values()]
    // OpenAI has one key for two APIs, and each model by one of them.
    .filter(({ id }) => id !== 'openai-responses')
    .flatMap(({ keyVariable, loopbackPort }) => [keyVariable ?? loopbackPort ?? []].flat())
  equal(new Set(keys).size, keys.length)
})

test('a dialect of the price list is the one that the price list knows by its address', () => {
  for (const { id, priceListId, baseUrl } of dialects.values()) {
    if (priceListId === undefined) continue
    ok(baseUrl)
    equal(findProvider({ providerId: priceListId })?.id, priceListId, id)
    equal(findProvider({ providerApiUrl: baseUrl })?.id, priceListId, id)
  }
})

test("each of OpenAI's models has one way to be served", () => {
  const [chat, responses] = [dialects.get('openai')!, dialects.get('openai-responses')!]
  deepEqual([chat.keyVariable, chat.baseUrl], [responses.keyVariable, responses.baseUrl])
  const byResponses = ['gpt-5-pro', 'gpt-5.2-pro', 'gpt-5-codex', 'gpt-5.1-codex-max', 'o3-pro', 'codex-mini-latest']
  for (const model of byResponses) deepEqual([chat.serves?.(model), responses.serves?.(model)], [false, true], model)
  for (const model of ['gpt-4o', 'gpt-5', 'gpt-5-mini', 'gpt-5.1', 'o3', 'o4-mini', 'text-embedding-3-small'])
    deepEqual([chat.serves?.(model), responses.serves?.(model)], [true, false], model)
})
