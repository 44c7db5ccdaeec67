import { ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../core/errors.ts'
import { parseExactJson } from '../../core/exact-json.ts'
import { readCallRequest } from '../call-request.ts'
import { countApis, inboundApis } from './index.ts'

const fields = [
  'messages',
  'input',
  'prompt',
  'query',
  'documents',
  'stream',
  'max_tokens',
  'tools',
  'tool_choice',
  'system',
  'thinking',
  'reasoning',
  'include',
  'text',
  'metadata',
  'stop',
  'n',
]
const names = [
  'type',
  'role',
  'content',
  'text',
  'name',
  'id',
  'input',
  'source',
  'image_url',
  'tool_calls',
  'function',
  'arguments',
  'summary',
  'output',
  '__proto__',
  'length',
]
const texts = [
  'user',
  'assistant',
  'tool',
  'text',
  'input_text',
  'image',
  'tool_use',
  'tool_result',
  'thinking',
  'message',
  'function_call',
  'reasoning',
  'function',
  '\0',
  '\ud800',
  '',
]

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom<unknown>(...texts, null, true, false, 0, -1, 1e308, 2 ** 53),
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }),
  ),
}))

for (const [path, api] of Object.entries({ ...inboundApis, ...countApis })) {
  test(`${path} reads any JSON, or says what is wrong with it, and never fails`, () => {
    const body = fc.dictionary(fc.constantFrom(...fields), value, { maxKeys: 6 })
    fc.assert(
      fc.property(body, (asked) => readsOrRefuses(api, JSON.stringify({ model: 'm', ...asked }))),
      { numRuns: 400 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => readsOrRefuses(api, bytes)))
  })
}

function readsOrRefuses(api: Parameters<typeof readCallRequest>[0], bytes: string | Uint8Array): void {
  try {
    const { kind } = readCallRequest(api, parseExactJson(Buffer.from(bytes as string).toString('utf8')))
    ok(kind === 'read' || kind === 'invalid')
  } catch (error) {
    ok(error instanceof AppError && error.status < 500, String(error))
  }
}
