import { pythonOf } from './python.ts'

type Snippet = { readonly language: string; readonly code: string }
type Body = Readonly<Record<string, unknown>>

/** How a call is made, and by which function of OpenAI's libraries; `undefined` where they have none. */
const endpoints = {
  chat: { path: '/chat/completions', method: 'chat.completions.create' },
  embeddings: { path: '/embeddings', method: 'embeddings.create' },
  moderations: { path: '/moderations', method: 'moderations.create' },
  rerank: { path: '/rerank', method: undefined },
} as const

export type SnippetEndpoint = keyof typeof endpoints

/** The endpoint that a model of such output answers at. */
export function endpointOf(outputs: readonly string[]): SnippetEndpoint {
  if (outputs.includes('embeddings')) return 'embeddings'
  if (outputs.includes('rerank')) return 'rerank'
  return outputs.includes('moderation') ? 'moderations' : 'chat'
}

/** The least that such a call needs. */
export function sampleBody(endpoint: SnippetEndpoint, model: string): Body {
  switch (endpoint) {
    case 'chat':
      return { model, messages: [{ role: 'user', content: 'Hello!' }] }
    case 'embeddings':
    case 'moderations':
      return { model, input: 'Hello!' }
    case 'rerank':
      return { model, query: 'What is a lot?', documents: ['Credits that came in.', 'A gateway.'] }
  }
}

/** A call of ours for whoever wants to make it elsewhere, with an API key in REDPILL_API_KEY. */
export function snippetsOf(endpoint: SnippetEndpoint, body: Body, origin: string): readonly Snippet[] {
  return [
    { language: 'curl', code: curlOf(endpoint, body, origin) },
    { language: 'Python', code: pythonCode(endpoint, body, origin) },
    { language: 'TypeScript', code: typescriptCode(endpoint, body, origin) },
  ]
}

function curlOf(endpoint: SnippetEndpoint, body: Body, origin: string): string {
  const json = JSON.stringify(body, null, 2).replaceAll("'", String.raw`'\''`)
  return [
    `curl${body['stream'] === true ? ' -N' : ''} ${origin}/v1${endpoints[endpoint].path} \\`,
    `  -H "Authorization: Bearer $REDPILL_API_KEY" \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${json}'`,
  ].join('\n')
}

function pythonCode(endpoint: SnippetEndpoint, body: Body, origin: string): string {
  const { method, path } = endpoints[endpoint]
  const key = 'os.environ["REDPILL_API_KEY"]'
  if (method === undefined)
    return [
      'import json, os, urllib.request',
      '',
      'request = urllib.request.Request(',
      `    "${origin}/v1${path}",`,
      `    data=json.dumps(${pythonOf(body)}).encode(),`,
      `    headers={"Authorization": "Bearer " + ${key}, "Content-Type": "application/json"},`,
      ')',
      'print(json.load(urllib.request.urlopen(request)))',
    ].join('\n')
  const head = [
    'import os',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url="${origin}/v1", api_key=${key})`,
    '',
    `${body['stream'] === true ? 'stream' : 'answer'} = client.${method}(`,
    ...Object.entries(body).map(([name, value]) => `    ${name}=${pythonOf(value)},`),
    ')',
  ]
  const tail =
    body['stream'] === true
      ? [
          'for chunk in stream:',
          '    if chunk.choices:',
          '        print(chunk.choices[0].delta.content or "", end="", flush=True)',
        ]
      : [endpoint === 'chat' ? 'print(answer.choices[0].message.content)' : 'print(answer)']
  return [...head, ...tail].join('\n')
}

function typescriptCode(endpoint: SnippetEndpoint, body: Body, origin: string): string {
  const { method, path } = endpoints[endpoint]
  const json = JSON.stringify(body, null, 2)
  if (method === undefined)
    return [
      `const response = await fetch('${origin}/v1${path}', {`,
      "  method: 'POST',",
      '  headers: {',
      '    authorization: `Bearer ${process.env.REDPILL_API_KEY}`,',
      "    'content-type': 'application/json',",
      '  },',
      `  body: JSON.stringify(${json.replaceAll('\n', '\n  ')}),`,
      '})',
      'console.log(await response.json())',
    ].join('\n')
  const isStream = body['stream'] === true
  return [
    "import OpenAI from 'openai'",
    '',
    `const client = new OpenAI({ baseURL: '${origin}/v1', apiKey: process.env.REDPILL_API_KEY })`,
    '',
    `const ${isStream ? 'stream' : 'answer'} = await client.${method}(${json})`,
    ...(isStream
      ? ["for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')"]
      : [endpoint === 'chat' ? 'console.log(answer.choices[0]?.message.content)' : 'console.log(answer)']),
  ].join('\n')
}
