import assert from 'node:assert/strict'
import type { JsonObject } from '../../../core/json.ts'
import type { Endpoint, Provider, UpstreamFault } from '../../types.ts'
import { openLocalProvider } from '../index.ts'

/** Time stands still and chance counts, so that whole answers can be compared. */
export function openProvider(): Provider {
  let drawn = 0
  return openLocalProvider({
    clock: { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0 },
    chance: { bytes: (length) => new Uint8Array(length).fill(++drawn) },
  })
}

/** The parts of any of OpenAI's answers that the tests look at. */
export type AnswerBody = {
  readonly id: string
  readonly object: string
  readonly created: number
  readonly model: string
  readonly choices: readonly {
    readonly index: number
    readonly message?: { readonly role: string; readonly content: string }
    readonly delta?: { readonly role?: string; readonly content?: string }
    readonly text?: string
    readonly logprobs: { readonly content: readonly LogprobBody[] } | null
    readonly finish_reason: string | null
  }[]
  readonly data: readonly { readonly object: string; readonly index: number; readonly embedding: number[] | string }[]
  readonly usage?: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly total_tokens: number
  } | null
  readonly error: {
    readonly message: string
    readonly type: string
    readonly code: string
    readonly param: string | null
  }
}
export type LogprobBody = {
  readonly token: string
  readonly logprob: number
  readonly bytes: readonly number[]
  readonly top_logprobs: readonly { readonly token: string; readonly logprob: number }[]
}

export type Answer = {
  readonly status: number
  readonly contentType: string | undefined
  readonly text: string
  readonly fault: UpstreamFault | undefined
  readonly body: AnswerBody
}

export type Options = { readonly stream?: boolean }

/** Sends one call and waits for its whole answer. */
export async function ask(
  provider: Provider,
  endpoint: Endpoint,
  body: JsonObject,
  options: Options = {},
): Promise<Answer> {
  const { promise, resolve } = Promise.withResolvers<UpstreamFault | undefined>()
  const parts: Buffer[] = []
  let status = 0
  let contentType: string | undefined
  let sent = false
  provider.send(
    { endpoint, body, stream: options.stream ?? false, connectTimeoutMs: 1_000 },
    {
      onHead: (head) => {
        assert(sent, 'nothing is called before send returned')
        status = head.status
        contentType = head.headers['content-type']
      },
      onBytes: (bytes) => {
        parts.push(bytes)
        return true
      },
      onEnd: () => resolve(undefined),
      onFault: resolve,
    },
  )
  sent = true
  const fault = await promise
  const text = Buffer.concat(parts).toString()
  return { status, contentType, text, fault, body: (text.startsWith('{') ? JSON.parse(text) : {}) as AnswerBody }
}

/** The events of a streamed answer, without the `[DONE]` that must be their last. */
export function eventsOf(answer: Answer): readonly AnswerBody[] {
  assert.equal(answer.status, 200, answer.text)
  assert.equal(answer.contentType, 'text/event-stream')
  const events = answer.text.split('\n\n')
  assert.deepEqual(events.slice(-2), ['data: [DONE]', ''])
  return events.slice(0, -2).map((event) => JSON.parse(event.replace(/^data: /, '')) as AnswerBody)
}

/** The text of a choice as its deltas give it. */
export const streamedText = (events: readonly AnswerBody[], index = 0): string =>
  events
    .flatMap(({ choices }) => choices.filter((choice) => choice.index === index))
    .map((choice) => choice.delta?.content ?? choice.text ?? '')
    .join('')

export const user = (content: string): JsonObject => ({ messages: [{ role: 'user', content }] })
