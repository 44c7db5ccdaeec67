import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { verify, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { openProvider } from '../index.ts'
import { chat, send } from '../test/collect.ts'
import { openAccessToken } from './access-token.ts'
import { readCredentials } from './credentials.ts'
import { vertexFromEnvironment } from './environment.ts'
import { exchange, type Token } from './exchange.ts'
import { makeKeyFile } from './test/key-file.ts'

type Seen = {
  readonly path: string
  readonly authorization: string | undefined
  readonly key: unknown
  readonly body: string
}

/** Plays Vertex AI and the token endpoint beside it. */
async function play(t: TestContext, answer: (seen: Seen, response: ServerResponse) => void) {
  const seen: Seen[] = []
  const server = createServer((request: IncomingMessage, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const { url: path = '', headers } = request
      const body = Buffer.concat(parts).toString()
      const got = { path, authorization: headers.authorization, key: headers['x-goog-api-key'], body }
      seen.push(got)
      answer(got, response)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const said = { candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }], responseId: 'r' }
const clock = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 }

function openVertex(t: TestContext, baseUrl: string, apiKey: string) {
  const settings = { name: 'vertex', dialect: 'vertex', allowPrivate: true, baseUrl, apiKey }
  const opened = openProvider(settings, { clock })
  if (opened.kind === 'refused') throw new Error(opened.why)
  t.after(() => opened.provider.close())
  return opened.provider
}

const project = '/v1/projects/my-project/locations/us-central1'
const call = chat('gemini-2.5-flash', false)

/** Reads an assertion that was signed with the key file's key. */
function readAssertion(body: string, publicKey: KeyObject) {
  const form = new URLSearchParams(body)
  const [header = '', claims = '', signature = ''] = form.get('assertion')!.split('.')
  const decode = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString())
  ok(verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url')))
  return { grantType: form.get('grant_type'), header: decode(header), claims: decode(claims) }
}

test('a key file is exchanged for a token by a signed assertion, once for all calls of an hour', async (t) => {
  const { url, seen } = await play(t, ({ path }, response) => {
    if (path === '/token')
      response.end(JSON.stringify({ access_token: 'ya29.fresh', expires_in: 3_599, token_type: 'Bearer' }))
    else response.end(JSON.stringify(said))
  })
  const tokenUri = `${url}/token`
  const { text, publicKey } = makeKeyFile(tokenUri)
  const provider = openVertex(t, url + project, text)
  const answers = await Promise.all([1, 2, 3].map(() => send(provider, call).done))
  deepEqual(
    answers.map(({ head }) => head?.status),
    [200, 200, 200],
  )
  equal((await send(provider, call).done).head?.status, 200)
  const [asked, ...calls] = seen
  const iat = 1_700_000_000
  deepEqual(readAssertion(asked!.body, publicKey), {
    grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    header: { alg: 'RS256', typ: 'JWT', kid: 'key-1' },
    claims: {
      ...{ iss: 'redpill@my-project.iam.gserviceaccount.com', aud: tokenUri, iat, exp: iat + 3_600 },
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    },
  })
  equal(calls.length, 4)
  for (const { path, authorization } of calls)
    deepEqual(
      [path, authorization],
      [`${project}/publishers/google/models/gemini-2.5-flash:generateContent`, 'Bearer ya29.fresh'],
    )
})

test('Claude is called by Anthropic’s API, with its model in the path', async (t) => {
  const { url, seen } = await play(t, ({ path }, response) => {
    if (path.endsWith(':rawPredict')) {
      const content = [{ type: 'text', text: 'Hi' }]
      const usage = { input_tokens: 3, output_tokens: 1 }
      response.end(
        JSON.stringify({ id: 'msg', type: 'message', role: 'assistant', content, stop_reason: 'end_turn', usage }),
      )
    } else
      response
        .writeHead(429)
        .end(JSON.stringify({ error: { code: 429, message: 'Quota', status: 'RESOURCE_EXHAUSTED' } }))
  })
  const provider = openVertex(t, url + project, 'ya29.given')
  const ask = (stream: boolean) => send(provider, chat('claude-sonnet-4-5@20250929', stream)).done
  const answer = JSON.parse((await ask(false)).text) as { choices: { message: { content: string } }[]; usage: object }
  equal(answer.choices[0]!.message.content, 'Hi')
  ok(answer.usage)
  const { head, text } = await ask(true)
  deepEqual([head?.status, (JSON.parse(text) as { error: { message: string } }).error.message], [429, 'Quota'])
  const model = `${project}/publishers/anthropic/models/claude-sonnet-4-5@20250929`
  deepEqual(
    seen.map(({ path }) => path),
    [`${model}:rawPredict`, `${model}:streamRawPredict`],
  )
  const body = JSON.parse(seen[0]!.body) as Record<string, unknown>
  deepEqual([body['anthropic_version'], body['model'], body['stream']], ['vertex-2023-10-16', undefined, undefined])
  equal((JSON.parse(seen[1]!.body) as Record<string, unknown>)['stream'], true)
})

test('a plain access token, and a key of express mode, are sent as what they are', async (t) => {
  const { url, seen } = await play(t, (_, response) => void response.end(JSON.stringify(said)))
  await send(openVertex(t, url + project, 'ya29.given'), call).done
  await send(openVertex(t, `${url}/v1`, 'AIza-express'), call).done
  deepEqual(
    seen.map(({ path, authorization, key }) => [path, authorization, key]),
    [
      [`${project}/publishers/google/models/gemini-2.5-flash:generateContent`, 'Bearer ya29.given', undefined],
      ['/v1/publishers/google/models/gemini-2.5-flash:generateContent', undefined, 'AIza-express'],
    ],
  )
})

test('a token that is refused ends the call as not connected, with a reason and no secret', async (t) => {
  const refusal = { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }
  const { url, seen } = await play(t, (_, response) => void response.writeHead(400).end(JSON.stringify(refusal)))
  const { text } = makeKeyFile(`${url}/token`)
  const { fault } = await send(openVertex(t, url + project, text), call).done
  equal(fault?.kind, 'connect')
  match(fault?.message ?? '', /400: invalid_grant: Invalid JWT Signature\./)
  equal(seen.length, 1)
})

test('a call that is cancelled while its token is fetched is never sent', async (t) => {
  const asked = Promise.withResolvers<ServerResponse>()
  const { url, seen } = await play(t, (_, response) => asked.resolve(response))
  const collecting = send(openVertex(t, url + project, makeKeyFile(`${url}/token`).text), call)
  const response = await asked.promise
  collecting.flight.cancel()
  response.end(JSON.stringify({ access_token: 'ya29.late', expires_in: 3_599 }))
  await once(response, 'close')
  await new Promise((resolve) => setImmediate(resolve))
  equal(seen.length, 1)
  equal(collecting.soFar().ends, 0)
})

test('a token is fetched by one at a time, renewed beside the calls before it ends, and kept while renewing fails', async () => {
  let nowMs = 0
  const asked: PromiseWithResolvers<Token>[] = []
  const token = openAccessToken({ nowMs: () => nowMs, monotonicMs: () => nowMs }, () => {
    const next = Promise.withResolvers<Token>()
    asked.push(next)
    return next.promise
  })
  const waiting = [token(), token()]
  equal(asked.length, 1)
  asked[0]!.resolve({ token: 'first', lifetimeSeconds: 3_600 })
  deepEqual([await waiting[0], await waiting[1]], ['first', 'first'])
  nowMs = 3_000_000
  equal(token(), 'first')
  equal(asked.length, 1)
  nowMs = 3_400_000
  equal(token(), 'first')
  equal(token(), 'first')
  equal(asked.length, 2)
  asked[1]!.reject(new Error('busy'))
  await new Promise((resolve) => setImmediate(resolve))
  equal(token(), 'first')
  equal(asked.length, 2)
  nowMs += 11_000
  equal(token(), 'first')
  equal(asked.length, 3)
  asked[2]!.resolve({ token: 'second', lifetimeSeconds: 3_600 })
  await new Promise((resolve) => setImmediate(resolve))
  equal(token(), 'second')
  nowMs += 3_590_000
  const late = token()
  asked[3]!.reject(new Error('down'))
  await rejects(async () => late, /down/)
})

test('a token endpoint that is not encrypted, or inside, is not asked', async () => {
  const form = new URLSearchParams()
  await rejects(exchange('http://example.com/token', form, { allowPrivate: false }), /must be https/)
  await rejects(exchange('https://127.0.0.1/token', form, { allowPrivate: false }), /private address/)
  await rejects(exchange('https://169.254.169.254/token', form, { allowPrivate: false }), /refused/)
})

test('what cannot be a key is refused when the provider is opened, without telling any of it', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['two words', /characters that cannot be sent/],
    ['{"type":', /no JSON object/],
    ['{"type":"external_account"}', /neither of a service account nor of an authorized user/],
    [
      JSON.stringify({ type: 'service_account', client_email: 'a@b', private_key: 'SECRET' }),
      /private_key that is one/,
    ],
    [
      JSON.stringify({ type: 'authorized_user', client_id: 'SECRET' }),
      /lacks client_id, client_secret or refresh_token/,
    ],
  ]
  for (const [apiKey, why] of cases) {
    const settings = {
      name: 'v',
      dialect: 'vertex',
      baseUrl: 'https://aiplatform.googleapis.com/v1',
      allowPrivate: false,
    }
    const opened = openProvider({ ...settings, apiKey }, { clock })
    match(opened.kind === 'refused' ? opened.why : '', why)
    ok(!JSON.stringify(opened).includes('SECRET'))
  }
  const user = { type: 'authorized_user', client_id: 'i', client_secret: 's', refresh_token: 'r' }
  deepEqual(readCredentials(JSON.stringify(user)), {
    ...{ kind: 'authorized-user', clientId: 'i', clientSecret: 's', refreshToken: 'r' },
    tokenUri: 'https://oauth2.googleapis.com/token',
  })
})

test('Vertex AI is found by the variables of Google’s libraries, and only where it is meant', async () => {
  const { text } = makeKeyFile('https://oauth2.googleapis.com/token')
  const find = (variables: Record<string, string>) =>
    vertexFromEnvironment(variables, (path) =>
      path === '/key.json' ? Promise.resolve(text) : Promise.reject(new Error()),
    )
  const file = { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' }
  const settings = { name: 'vertex', dialect: 'vertex', apiKey: text, allowPrivate: false }
  deepEqual(await find({ ...file, GOOGLE_CLOUD_LOCATION: 'europe-west4' }), {
    kind: 'found',
    settings: {
      ...settings,
      baseUrl: 'https://europe-west4-aiplatform.googleapis.com/v1/projects/my-project/locations/europe-west4',
    },
  })
  deepEqual(await find({ ...file, GOOGLE_CLOUD_LOCATION: 'global', GOOGLE_CLOUD_PROJECT: 'other' }), {
    kind: 'found',
    settings: { ...settings, baseUrl: 'https://aiplatform.googleapis.com/v1/projects/other/locations/global' },
  })
  for (const absent of [{}, file, { GOOGLE_CLOUD_LOCATION: 'global' }])
    equal((await find(absent as never)).kind, 'absent')
  const missing = await find({ GOOGLE_APPLICATION_CREDENTIALS: '/no.json', GOOGLE_CLOUD_LOCATION: 'global' })
  match(missing.kind === 'unusable' ? missing.why : '', /cannot be read/)
  const odd = await find({ ...file, GOOGLE_CLOUD_LOCATION: 'evil.example/x' })
  match(odd.kind === 'unusable' ? odd.why : '', /no name of Google Cloud/)
})
