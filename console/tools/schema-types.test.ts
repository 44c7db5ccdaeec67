import { equal, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type ApiDocument, typeOf, typesOf } from './schema-types.ts'

test('schemas become the types that say the same', () => {
  equal(typeOf({ type: ['string', 'null'] }), '(string | null)')
  equal(typeOf({ type: 'string', enum: ['a', null] }), "'a' | null")
  equal(typeOf({ type: 'array', items: { type: ['string', 'null'] } }), 'readonly (string | null)[]')
  equal(typeOf({ type: 'array', items: { enum: ['a', 'b'] } }), "readonly ('a' | 'b')[]")
  equal(typeOf({ $ref: '#/components/schemas/Key' }), "Schemas['Key']")
  equal(
    typeOf({ type: 'object', properties: { id: { type: 'string' }, 'in-use': { type: 'boolean' } }, required: ['id'] }),
    "{ id: string; 'in-use'?: boolean | undefined }",
  )
  equal(typeOf({ type: 'object', additionalProperties: { type: 'integer' } }), '{ [name: string]: number }')
  equal(typeOf({}), 'unknown')
})

test('every operation of the management API has its types', () => {
  const text = readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8')
  const document = JSON.parse(text) as ApiDocument
  const types = typesOf(document)
  for (const [path, methods] of Object.entries(document.paths))
    if (path.startsWith('/api/v1/'))
      for (const method of Object.keys(methods)) ok(types.includes(`  '${method.toUpperCase()} ${path}': {`), path)
})

test('what a key may ask about itself is typed at the path where a session may ask it too', () => {
  const answer = { '200': { content: { 'application/json': { schema: { type: 'string' } } } } }
  const types = typesOf({
    components: { schemas: {} },
    paths: {
      '/v1/generation': { get: { tags: ['Your key'], responses: answer } },
      '/v1/chat/completions': { post: { tags: ['Inference'], responses: answer } },
    },
  })
  ok(types.includes(`'GET /api/v1/generation': { answer: string }`))
  ok(!types.includes('chat/completions'))
})
