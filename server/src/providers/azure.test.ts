import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { azureAddress } from './azure.ts'

const host = 'https://acme.openai.azure.com'
const at = (base: string, model = 'gpt 4o/eu') => azureAddress(new URL(host + base), '/chat/completions', model)

test('the v1 form is taken wherever no dated version is given', () => {
  for (const base of ['', '/', '/openai', '/openai/v1', '/openai/v1/']) equal(at(base), '/openai/v1/chat/completions')
  equal(at('?api-version=preview'), '/openai/v1/chat/completions?api-version=preview')
  equal(at('/openai/v1?api-version=preview'), '/openai/v1/chat/completions?api-version=preview')
})

test('with a dated version a call goes to the deployment that its model names', () => {
  const dated = '/openai/deployments/gpt%204o%2Feu/chat/completions?api-version=2025-01-01-preview'
  for (const base of ['', '/', '/openai', '/openai/']) equal(at(`${base}?api-version=2025-01-01-preview`), dated)
})

test('a base URL that names a deployment keeps it, and has a version even if none is given', () => {
  equal(at('/openai/deployments/mine'), '/openai/deployments/mine/chat/completions?api-version=2024-10-21')
  equal(
    at('/proxy/openai/deployments/mine/?api-version=2025-04-01-preview'),
    '/proxy/openai/deployments/mine/chat/completions?api-version=2025-04-01-preview',
  )
})

test("any other path is the operator's, and is kept", () => {
  equal(at('/models?api-version=2024-05-01-preview'), '/models/chat/completions?api-version=2024-05-01-preview')
  equal(at('/proxy/openai'), '/proxy/openai/v1/chat/completions')
})
