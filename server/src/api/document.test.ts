import { deepEqual, equal, ok } from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { countApis, inboundApis } from '../gateway/index.ts'
import { apiDocument } from './document.ts'
import { operationGroups } from './operations.ts'
import { openTestApi } from './test/harness.ts'

const checkedIn = new URL('../../../docs/openapi.json', import.meta.url)
const rewrite = 'REDPILL_WRITE_OPENAPI=1 node --test server/src/api/document.test.ts'

const document = apiDocument(operationGroups)
const text = `${JSON.stringify(document, null, 2)}\n`
const described = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
  Object.entries(item).map(([method, details]) => ({ path, method, details: details as Record<string, unknown> })),
)

test('docs/openapi.json describes the API as it is', async () => {
  if (process.env['REDPILL_WRITE_OPENAPI']) await writeFile(checkedIn, text)
  const kept = await readFile(checkedIn, 'utf8').catch(() => '')
  ok(kept === text, `docs/openapi.json is out of date. Rewrite it with:\n  ${rewrite}`)
})

test('the document is served as it is checked in, without a key', async () => {
  const api = await openTestApi({ after })
  const served = await api.as(undefined)('GET', '/api/v1/openapi.json')
  equal(served.status, 200)
  deepEqual(served.body, JSON.parse(text))
})

test('every operation has an id of its own, a summary, and an answer in every case', () => {
  const ids = described.map(({ details }) => details['operationId'])
  equal(new Set(ids).size, ids.length)
  for (const { path, method, details } of described) {
    ok(details['summary'], `${method} ${path}`)
    ok(Object.hasOwn(details['responses'] as object, 'default'), `${method} ${path}`)
  }
})

test('every operation that is served is described, and the inference paths with them', () => {
  const ids = new Set(described.map(({ details }) => details['operationId']))
  for (const { operations } of operationGroups) for (const { id } of operations) ok(ids.has(id), id)
  const served = Object.keys({ ...inboundApis, ...countApis }).filter(
    (path) => path !== '/v2/rerank' && !path.startsWith('/api/'),
  )
  for (const path of [...served, '/v1/models', '/v1/models/{id}']) {
    ok(document.paths?.[path], path)
  }
})

test('every reference leads to something, and every parameter of a path is described', () => {
  for (const [reference] of text.matchAll(/#\/[\w/]+/g)) {
    const target = reference
      .slice(2)
      .split('/')
      .reduce((value: unknown, name) => (value as Record<string, unknown> | undefined)?.[name], document)
    ok(target, reference)
  }
  for (const { path, details } of described) {
    const names = (details['parameters'] as { name: string; in: string }[] | undefined) ?? []
    const inPath = names.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
    deepEqual(
      inPath,
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
      path,
    )
  }
})

test('money never crosses the border as a JSON number, but for the USD that OpenRouter has as numbers', () => {
  const numbers = [...text.matchAll(/"(\w*(?:credits|usd_per|balance)\w*)": \{\s*"type": "(number|integer)"/g)]
  deepEqual(
    numbers.map(([, name]) => name),
    ['total_credits'],
  )
})
