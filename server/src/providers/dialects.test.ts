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
  const keys = [...dialects.values()].flatMap(({ keyVariable, loopbackPort }) =>
    [keyVariable ?? loopbackPort ?? []].flat(),
  )
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
