// Serves OpenAI's embeddings request with the Universal Sentence Encoder Lite in a worker thread.
import { AppError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/json.ts'
import { openWorkerLink } from '../../worker/link.ts'
import { deliverError, deliverJson, type Delivery } from '../delivery.ts'
import { limits } from '../models.ts'
import { type FieldRules, given, invalid, readInteger, refuseUnserved } from '../parameters.ts'
import type { TextRun } from '../text-model.ts'
import type { EmbeddingInput, Refusal } from './embed.ts'

export type UseLiteReply =
  | { readonly kind: 'embedded'; /** The whole answer. */ readonly json: ArrayBuffer }
  | { readonly kind: 'counted'; readonly tokens: number }
  | ({ readonly kind: 'refused' } & Refusal)

export type UseLiteTalk = {
  readonly ask:
    | { readonly kind: 'count'; readonly inputs: readonly EmbeddingInput[] }
    | {
        readonly kind: 'embed'
        readonly inputs: readonly EmbeddingInput[]
        readonly dimensions: number
        readonly asBase64: boolean
      }
  readonly reply: UseLiteReply
}

export type UseLite = {
  /** Throws `AppError` for a request that cannot be served. */
  readonly embed: (body: JsonObject, delivery: Delivery) => TextRun
  /** Throws `AppError` for inputs that would be refused. */
  readonly countPromptTokens: (body: JsonObject) => Promise<number>
  readonly close: () => Promise<void>
}

const rules: FieldRules = {
  used: new Set(['model', 'input', 'encoding_format', 'dimensions']),
  passedOver: new Set(['user', 'metadata', 'safety_identifier']),
  neutral: new Map(),
}

/** The thread and its weights (28 MB) are loaded by the first call. */
export function openUseLite(): UseLite {
  const link = openWorkerLink<UseLiteTalk>(new URL('worker.ts', import.meta.url))
  return {
    embed: (body, delivery) => {
      refuseUnserved(body, rules, 'use-lite')
      const ask: UseLiteTalk['ask'] = {
        kind: 'embed',
        inputs: readInput(body),
        dimensions: readInteger(body, 'dimensions', 1, limits.useLite.dimensions) ?? limits.useLite.dimensions,
        asBase64: readEncodingFormat(body) === 'base64',
      }
      if (link.openCount() >= limits.useLite.callsMax) {
        throw new AppError('rate_limit_exceeded', {
          message: 'use-lite has too many calls at once.',
          retryAfterSeconds: 1,
        })
      }
      const cancel = link.ask(ask, {
        onReply: (reply) => {
          if (reply.kind === 'embedded') deliverJson(delivery, Buffer.from(reply.json))
          else if (reply.kind === 'refused') deliverError(delivery, refusalError(reply))
        },
        onFault: (message) => delivery.fault({ kind: 'reset', message }),
      })
      return { cancel, pause: () => {}, resume: () => {} }
    },
    countPromptTokens: async (body) => {
      const inputs = readInput(body)
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      link.ask(
        { kind: 'count', inputs },
        {
          onReply: (reply) => {
            if (reply.kind === 'counted') resolve(reply.tokens)
            else if (reply.kind === 'refused') reject(refusalError(reply))
          },
          onFault: (message) => reject(new AppError('upstream_error', { message })),
        },
      )
      return promise
    },
    close: link.close,
  }
}

const refusalError = ({ code, message }: Refusal): AppError => new AppError(code, { message, param: 'input' })

function readInput(body: JsonObject): readonly EmbeddingInput[] {
  const input = given(body, 'input')
  const inputs = (Array.isArray(input) && !isTokens(input) ? input : [input ?? null]) as readonly JsonValue[]
  if (inputs.length === 0 || inputs.length > limits.useLite.inputsMax) {
    throw invalid('input', `input must be a text or a list of 1 to ${limits.useLite.inputsMax} texts.`)
  }
  return inputs.map((text, at) => {
    if (typeof text === 'string' && text !== '') return text
    if (isTokens(text)) return text
    throw invalid('input', `input[${at}] must be a text with at least one character, or tokens of cl100k_base.`)
  })
}

const isTokens = (value: JsonValue): value is readonly number[] =>
  Array.isArray(value) && value.length > 0 && value.every((token) => Number.isSafeInteger(token) && token >= 0)

function readEncodingFormat(body: JsonObject): 'float' | 'base64' {
  const format = given(body, 'encoding_format') ?? 'float'
  if (format === 'float' || format === 'base64') return format
  throw invalid('encoding_format', 'encoding_format must be "float" or "base64".')
}
