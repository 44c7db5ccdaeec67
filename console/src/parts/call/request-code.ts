import { pythonOf } from '../../lib/python.ts'
import type { Call } from '../call-type.ts'

type Asked = Pick<Call, 'kind' | 'model_asked' | 'model' | 'parameters' | 'streamed'>
type Kind = NonNullable<Call['kind']>

const paths = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
  rerank: '/v1/rerank',
  moderations: '/v1/moderations',
} as const satisfies Record<Kind, string>

/** What the receipt keeps only the number or the kind of. */
const onlyCounted = new Set(['messages', 'tools', 'tool_choice', 'response_format'])

/** The request of a call as far as it is known: its words were not kept, so a place for them stands there instead. */
function requestOf(call: Asked) {
  const kind = call.kind ?? 'chat'
  const kept = Object.entries(call.parameters).filter(([name]) => !onlyCounted.has(name))
  return {
    kind,
    body: {
      model: call.model_asked ?? call.model,
      ...places[kind],
      ...Object.fromEntries(kept),
      ...(call.streamed ? { stream: true } : {}),
    } as Readonly<Record<string, unknown>>,
  }
}

const places = {
  chat: { messages: [{ role: 'user', content: '...' }] },
  completions: { prompt: '...' },
  embeddings: { input: '...' },
  rerank: { query: '...', documents: ['...'] },
  moderations: { input: '...' },
} as const satisfies Record<Kind, object>

/** The request in the languages that people call from. */
export function requestSamples(call: Asked, origin: string) {
  const { kind, body } = requestOf(call)
  return [
    { language: 'curl', code: curl(`${origin}${paths[kind]}`, body) },
    { language: 'Python', code: kind === 'rerank' ? plainPython(origin, body) : python(kind, origin, body) },
    {
      language: 'TypeScript',
      code: kind === 'rerank' ? plainTypescript(origin, body) : typescript(kind, origin, body),
    },
  ]
}

type Body = Readonly<Record<string, unknown>>

const curl = (url: string, body: Body): string =>
  [
    `curl ${url} \\`,
    `  -H "Authorization: Bearer $REDPILL_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`)}'`,
  ].join('\n')

const methods = {
  chat: 'chat.completions.create',
  completions: 'completions.create',
  embeddings: 'embeddings.create',
  moderations: 'moderations.create',
} as const

const python = (kind: keyof typeof methods, origin: string, body: Body): string =>
  [
    'import os',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${JSON.stringify(`${origin}/v1`)}, api_key=os.environ["REDPILL_KEY"])`,
    `answer = client.${methods[kind]}(`,
    ...Object.entries(body).map(([name, value]) => `    ${name}=${pythonOf(value)},`),
    ')',
    ...(body['stream'] === true ? ['for chunk in answer:', '    print(chunk)'] : ['print(answer)']),
  ].join('\n')

const typescript = (kind: keyof typeof methods, origin: string, body: Body): string =>
  [
    `import OpenAI from 'openai'`,
    '',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(`${origin}/v1`)}, apiKey: process.env.REDPILL_KEY })`,
    `const answer = await client.${methods[kind]}(${JSON.stringify(body, null, 2)})`,
    body['stream'] === true ? 'for await (const chunk of answer) console.log(chunk)' : 'console.log(answer)',
  ].join('\n')

/** OpenAI's clients know no ranking. */
const plainPython = (origin: string, body: Body): string =>
  [
    'import json, os, urllib.request',
    '',
    'request = urllib.request.Request(',
    `    ${JSON.stringify(`${origin}${paths.rerank}`)},`,
    '    headers={"Authorization": "Bearer " + os.environ["REDPILL_KEY"], "Content-Type": "application/json"},',
    `    data=json.dumps(${pythonOf(body)}).encode(),`,
    ')',
    'print(urllib.request.urlopen(request).read().decode())',
  ].join('\n')

const plainTypescript = (origin: string, body: Body): string =>
  [
    `const answer = await fetch(${JSON.stringify(`${origin}${paths.rerank}`)}, {`,
    `  method: 'POST',`,
    "  headers: { authorization: `Bearer ${process.env.REDPILL_KEY}`, 'content-type': 'application/json' },",
    `  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),`,
    '})',
    'console.log(await answer.json())',
  ].join('\n')
