import { isUtf8 } from 'node:buffer'
import type { AnswerHeaders, Exchange } from '../../platform/http/index.ts'
import type { Secrets } from '../../platform/secrets.ts'
import type { Call } from '../call.ts'

/** An answer as it went over the wire. */
export type RecordedAnswer = {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: Buffer
  /** Whether it was sent in pieces. */
  readonly streamed: boolean
}

export function replayAnswer(exchange: Exchange, { status, headers, body, streamed }: RecordedAnswer): void {
  if (!streamed) {
    exchange.send(status, headers, body)
    return
  }
  exchange.begin(status, headers)
  exchange.write(body)
  exchange.end()
}

/** What a repetition's head tells of the first call; all else in it (request id, limits) is its own. */
const callHeaders = ['x-generation-id', 'x-redpill-warnings'] as const

/** Where an answer is written that another call has made: it says so, and names that call. */
export function repetitionOf({ exchange, answerHeaders }: Pick<Call, 'exchange' | 'answerHeaders'>): Exchange {
  function adopt(headers: AnswerHeaders): AnswerHeaders {
    for (const name of callHeaders) {
      const value = headers[name]
      if (value !== undefined) answerHeaders[name] = String(value)
    }
    answerHeaders['idempotent-replayed'] = 'true'
    return { ...headers, ...answerHeaders }
  }
  return {
    ...exchange,
    send: (status, headers, body) => exchange.send(status, adopt(headers), body),
    begin: (status, headers) => exchange.begin(status, adopt(headers)),
  }
}

type Kept = {
  readonly status: number
  readonly headers: AnswerHeaders
  readonly body: string
  readonly encoding: 'utf8' | 'base64'
  readonly streamed: boolean
}

export function sealAnswer(secrets: Secrets, { status, headers, body, streamed }: RecordedAnswer): string {
  const encoding = isUtf8(body) ? 'utf8' : 'base64'
  const kept: Kept = { status, headers, body: body.toString(encoding), encoding, streamed }
  return secrets.seal(JSON.stringify(kept))
}

/** Throws when it was sealed under another secret. */
export function openAnswer(secrets: Secrets, sealed: string): RecordedAnswer {
  const { status, headers, body, encoding, streamed } = JSON.parse(secrets.open(sealed)) as Kept
  return { status, headers, body: Buffer.from(body, encoding), streamed }
}
