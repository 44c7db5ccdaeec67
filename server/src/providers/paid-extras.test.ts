import { equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../core/json.ts'
import { refusedExtra } from './paid-extras.ts'

const refusal = (asked: JsonObject, endpoint: 'chat' | 'completions' | 'embeddings' = 'chat') =>
  refusedExtra({ endpoint, body: { model: 'm', ...asked } })

test('what a provider bills apart from tokens is refused by name', () => {
  for (const [asked, named] of [
    [{ plugins: [{ id: 'response-healing' }, { id: 'web' }] }, /^plugins: "web" is paid apart/],
    [{ plugins: [{ id: 'file-parser', pdf: { engine: 'mistral-ocr' } }] }, /^plugins: "file-parser"/],
    [{ plugins: [{ id: 'file-parser' }] }, /^plugins: "file-parser"/],
    [{ web_search_options: {} }, /^web_search_options: it is paid apart/],
    [{ search_parameters: { mode: 'auto' } }, /^search_parameters/],
    [{ enable_search: true }, /^enable_search/],
    [{ tools: [{ type: 'web_search_preview' }] }, /^tools: "web_search_preview"/],
    [{ tools: [{ type: 'openrouter:web_search' }] }, /^tools: "openrouter:web_search"/],
    [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, /^tools: "web_search_20250305"/],
    [{ tools: [{ type: 'builtin_function', function: { name: '$web_search' } }] }, /^tools: "builtin_function"/],
    [{ tools: [{ google_search: {} }] }, /^tools: "google_search"/],
  ] as const) {
    match(refusal(asked) ?? '', named)
    match(refusal(asked, 'completions') ?? '', named)
    equal(refusal(asked, 'embeddings'), undefined)
  }
})

test("what costs nothing, and tools that are the caller's own, are not refused", () => {
  const described = { name: 'f', parameters: {} }
  for (const asked of [
    {},
    {
      tools: [
        { type: 'function', function: described },
        { type: 'custom', custom: { name: 'g' } },
      ],
    },
    { tools: [{ type: 'function', ...described }, { function: described }] },
    { tools: null, plugins: null, web_search_options: null, enable_search: false, search_parameters: { mode: 'off' } },
    {
      plugins: [
        { id: 'web', enabled: false },
        { id: 'file-parser', pdf: { engine: 'pdf-text' } },
      ],
    },
  ])
    equal(refusal(asked), undefined)
})
