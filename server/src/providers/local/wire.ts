// OpenAI's answer shapes: chat.completion, chat.completion.chunk, text_completion, list of embedding; SSE per WHATWG HTML.
import { type AppError, errorEnvelope } from '../../core/errors.ts'
import type { FinishReason, TokenLogprob } from './text-model.ts'

/** What all chunks of one answer have in common. */
export type AnswerIdentity = {
  readonly endpoint: 'chat' | 'completions'
  readonly id: string
  /** Seconds since 1970. */
  readonly created: number
  readonly model: string
}

export type TextChoice = {
  readonly index: number
  readonly text: string
  readonly logprobs: readonly TokenLogprob[]
  readonly finishReason: FinishReason | null
}

type Json = Readonly<Record<string, unknown>>

/** Changes when a built-in model or its decoding changes, so that a seed gives the same text under the same fingerprint. */
const systemFingerprint = 'fp_redpill_local_1'

export const usage = (promptTokens: number, outputTokens: number): Json => ({
  prompt_tokens: promptTokens,
  completion_tokens: outputTokens,
  total_tokens: promptTokens + outputTokens,
  prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
  completion_tokens_details: {
    reasoning_tokens: 0,
    audio_tokens: 0,
    accepted_prediction_tokens: 0,
    rejected_prediction_tokens: 0,
  },
})

/** A whole answer. */
export function wholeAnswer(identity: AnswerIdentity, choices: readonly TextChoice[], used: Json): Json {
  const isChat = identity.endpoint === 'chat'
  return {
    ...envelope(identity, isChat ? 'chat.completion' : 'text_completion'),
    choices: choices.map((choice) => ({
      index: choice.index,
      ...(isChat ? { message: { role: 'assistant', content: choice.text, refusal: null } } : { text: choice.text }),
      logprobs: isChat ? logprobsOf(choice.logprobs) : null,
      finish_reason: choice.finishReason,
    })),
    usage: used,
  }
}

/** A piece of a streamed answer. `first` adds the role. `used`: `null` in chunks before the usage chunk, absent when not asked for. */
export function chunk(identity: AnswerIdentity, choice: TextChoice, options: { first?: boolean; used?: null }): Json {
  const isChat = identity.endpoint === 'chat'
  const delta = options.first
    ? { role: 'assistant', content: choice.text, refusal: null }
    : choice.finishReason === null
      ? { content: choice.text }
      : {}
  return {
    ...envelope(identity, isChat ? 'chat.completion.chunk' : 'text_completion'),
    choices: [
      {
        index: choice.index,
        ...(isChat ? { delta } : { text: choice.text }),
        logprobs: isChat ? logprobsOf(choice.logprobs) : null,
        finish_reason: choice.finishReason,
      },
    ],
    ...(options.used === null ? { usage: null } : {}),
  }
}

/** The chunk without choices that tells the usage of a stream. */
export const usageChunk = (identity: AnswerIdentity, used: Json): Json => ({
  ...envelope(identity, identity.endpoint === 'chat' ? 'chat.completion.chunk' : 'text_completion'),
  choices: [],
  usage: used,
})

export const embeddingList = (
  model: string,
  embeddings: readonly (string | readonly number[])[],
  tokens: number,
): Json => ({
  object: 'list',
  data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
  model,
  usage: { prompt_tokens: tokens, total_tokens: tokens },
})

export const errorBody = (error: AppError): Json => errorEnvelope(error)

export const jsonBytes = (value: Json): Buffer => Buffer.from(JSON.stringify(value))
export const eventBytes = (value: Json): Buffer => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
export const doneBytes = (): Buffer => Buffer.from('data: [DONE]\n\n')

const envelope = ({ id, created, model }: AnswerIdentity, object: string): Json => ({
  id,
  object,
  created,
  model,
  system_fingerprint: systemFingerprint,
})

const logprobsOf = (logprobs: readonly TokenLogprob[]): Json | null =>
  logprobs.length === 0
    ? null
    : {
        content: logprobs.map(({ top, ...token }) => ({ ...token, top_logprobs: top })),
        refusal: null,
      }
