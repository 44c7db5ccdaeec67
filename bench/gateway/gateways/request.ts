import { Buffer } from 'node:buffer'
import type { Answer } from './types.ts'

const bodyBytes = 900
const outputTokensMax = 256
const question = 'How does a gateway know what a call will cost before the model has said a word? '

/** A chat completion request of 900 bytes. */
function bodyFor(model: string, answer: Answer): string {
  const streamed = answer !== 'plain'
  const bodyWith = (content: string) =>
    JSON.stringify({
      model,
      messages: [
        { role: 'system', content: 'You are a helpful assistant.' },
        { role: 'user', content },
      ],
      temperature: 0.7,
      max_tokens: outputTokensMax,
      ...(streamed && { stream: true, stream_options: { include_usage: true } }),
    })
  const room = bodyBytes - Buffer.byteLength(bodyWith(''))
  return bodyWith(question.repeat(Math.ceil(room / question.length)).slice(0, room))
}

export type RequestOptions = {
  readonly port: number
  readonly model: string
  readonly answer: Answer
  readonly key: string
  readonly headers?: Readonly<Record<string, string>>
}

/** The bytes of a whole HTTP request, with the headers that a usual client library sends. */
export function httpRequest({ port, model, answer, key, headers = {} }: RequestOptions): string {
  const body = bodyFor(model, answer)
  const all = {
    host: `127.0.0.1:${port}`,
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': 'OpenAI/JS 7.57.0',
    authorization: `Bearer ${key}`,
    ...headers,
    'content-length': Buffer.byteLength(body),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return ['POST /v1/chat/completions HTTP/1.1', ...lines, '', body].join('\r\n')
}

export const upstreamKey = 'sk-upstream-0123456789abcdef0123456789abcdef'
