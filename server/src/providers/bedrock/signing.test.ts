import { deepEqual, equal, match, rejects } from 'node:assert/strict'
import { test } from 'node:test'
import type { OutgoingRequest } from '../translation.ts'
import { openBedrockAuthorization } from './signing.ts'
import { bedrockFromEnvironment } from './environment.ts'
import { signatureOf } from './test/signature.ts'

const clock = { nowMs: () => 1_700_000_000_500, monotonicMs: () => 0 }
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const origin = 'https://bedrock-runtime.eu-central-1.amazonaws.com'
const request: OutgoingRequest = {
  method: 'POST',
  origin,
  path: '/model/eu.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse',
  headers: ['user-agent', 'redpill', 'content-type', 'application/json'],
  body: Buffer.from('{"messages":[{"role":"user","content":[{"text":"Grüße"}]}]}'),
}

async function headersOf(apiKey: string, baseUrl = origin): Promise<Record<string, string>> {
  const authorize = openBedrockAuthorization(
    { name: 'b', dialect: 'bedrock', baseUrl, apiKey, allowPrivate: false },
    { clock },
  )
  const headers = await authorize({ ...request, origin: new URL(baseUrl).origin })
  return Object.fromEntries(headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? '']] : [])))
}

test('a Bedrock API key is a bearer token', async () => {
  deepEqual(await headersOf('bedrock-api-key-abc='), { authorization: 'Bearer bedrock-api-key-abc=' })
})

test("an access key signs: what AWS's own client sends is what comes out", async () => {
  const { authorization, ...headers } = await headersOf(`AKIDEXAMPLE:${secret}`)
  deepEqual(headers, {
    'x-amz-date': '20231114T221320Z',
    // As AWS's client hashes the same body.
    'x-amz-content-sha256': '86298735cbdd83fe013a40f88abcb9cefc60b193658215ae74297225029626a7',
  })
  match(
    authorization ?? '',
    /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20231114\/eu-central-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=[0-9a-f]{64}$/,
  )
  const sent = {
    ...headers,
    authorization: authorization ?? '',
    'content-type': 'application/json',
    host: new URL(origin).host,
  }
  equal(authorization?.endsWith(signatureOf({ ...request, headers: sent, body: request.body ?? '' }, secret)), true)
})

test('temporary credentials send their token, signed', async () => {
  const headers = await headersOf(`ASIAEXAMPLE:${secret}:FwoGZXIvYXdzEBYaD/token+with=chars`)
  equal(headers['x-amz-security-token'], 'FwoGZXIvYXdzEBYaD/token+with=chars')
  match(headers['authorization'] ?? '', /;x-amz-security-token,/)
})

test('the region is the one of the base URL, host or path; without one nothing is signed', async () => {
  for (const [baseUrl, region] of [
    ['https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
    ['https://vpce-0a1.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com', 'ap-southeast-2'],
    ['https://proxy.example/bedrock-runtime/us-east-1', 'us-east-1'],
  ] as const)
    match((await headersOf(`AKIDEXAMPLE:${secret}`, baseUrl))['authorization'] ?? '', new RegExp(`/${region}/bedrock/`))
  await rejects(headersOf(`AKIDEXAMPLE:${secret}`, 'https://proxy.example'), /names no region/)
})

test("AWS's own variables are found in the environment, and only where they are enough", () => {
  const found = (variables: Record<string, string>) => bedrockFromEnvironment((name) => variables[name])
  const keys = { AWS_ACCESS_KEY_ID: 'A', AWS_SECRET_ACCESS_KEY: 'S' }
  deepEqual(found({ AWS_BEARER_TOKEN_BEDROCK: 'B' }), {
    apiKey: 'B',
    baseUrl: 'https://bedrock-runtime.us-east-1.amazonaws.com',
  })
  deepEqual(found({ ...keys, AWS_REGION: 'eu-west-3', AWS_SESSION_TOKEN: 'T' }), {
    apiKey: 'A:S:T',
    baseUrl: 'https://bedrock-runtime.eu-west-3.amazonaws.com',
  })
  deepEqual(found({ ...keys, AWS_DEFAULT_REGION: 'eu-west-3' })?.apiKey, 'A:S')
  equal(found(keys), undefined)
  equal(found({ AWS_REGION: 'eu-west-3' }), undefined)
})
