import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { JsonObject } from '../core/json.ts'
import type { PlannedAttempt } from '../router/index.ts'
import { readCallRequest } from './call-request.ts'
import { upstreamBody } from './call.ts'
import { inboundApis } from './inbound/index.ts'
import { ownFields } from './own-fields.ts'

const page = readFileSync(new URL('../../../docs/dialects/openai.md', import.meta.url), 'utf8')

test("the reference of OpenAI's API tells of every field what the gateway makes of it", () => {
  const table = Object.entries(ownFields)
    .map(([name, { handling, meaning }]) => `| \`${name}\` | ${handling} | ${meaning} |`)
    .join('\n')
  ok(page.includes(`\n${table}\n\n`), `docs/dialects/openai.md should have:\n\n${table}\n`)
})

/** Requests that between them have every field of the table, and one that nobody knows. */
const requests: Readonly<Record<string, JsonObject>> = {
  '/v1/chat/completions': {
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    ...{
      max_completion_tokens: 5,
      n: 2,
      stream: true,
      stream_options: { include_usage: false },
      unheard_of: { a: [1] },
    },
    ...{ user: 'u', metadata: { a: 'b' }, session_id: 's', usage: { include: true }, strict: true },
    ...{ models: ['o'], route: 'fallback', provider: { sort: 'price' } },
  },
  '/v1/completions': { model: 'm', prompt: ['a', 'b'], max_completion_tokens: 5, best_of: 2, unheard_of: 1 },
  '/v1/embeddings': { model: 'm', input: 'a', dimensions: 5, unheard_of: 1 },
  '/v1/rerank': { model: 'm', query: 'q', documents: [{ text: 'a' }, { b: 'c' }], top_n: 1, return_documents: true },
  '/v1/moderations': { input: ['a'], unheard_of: 1 },
}

const attempt = { offer: { upstreamModel: 'upstream', dialect: 'openai' } } as PlannedAttempt
const shape = { maxTokensField: 'max_tokens', streamUsage: true, outputTokensMax: undefined }

function sentFor(path: string): JsonObject {
  const read = readCallRequest(inboundApis[path]!, { value: requests[path] })
  if (read.kind === 'invalid') throw new Error(read.message)
  return upstreamBody(read.request, attempt, shape)
}

test('what a provider gets is what the table says: read is untouched, changed is changed, kept is gone, all else passes', () => {
  const seen = new Set<string>()
  for (const [path, asked] of Object.entries(requests)) {
    const sent = sentFor(path)
    for (const name of new Set([...Object.keys(asked), ...Object.keys(sent)])) {
      const handling = (ownFields as Readonly<Record<string, { handling: string }>>)[name]?.handling
      if (handling === 'kept') equal(sent[name], undefined, `${path} ${name}`)
      else if (handling === 'changed') notDeepEqual(sent[name], asked[name], `${path} ${name}`)
      else deepEqual(sent[name], asked[name], `${path} ${name}`)
      seen.add(name)
    }
  }
  deepEqual(
    Object.keys(ownFields).filter((name) => !seen.has(name)),
    [],
  )
})
