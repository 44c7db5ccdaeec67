import type { ErrorCode } from '../../../core/errors.ts'
import { limits } from '../models.ts'
import { decodeTokens } from './cl100k.ts'
import type { Encoder } from './encoder.ts'
import { cutWindows, groupByLength, joinVectors } from './windows.ts'

const { textTokensMax, textCharactersMax, callTokensMax, windowTokens, batchTokens } = limits.useLite

/** A text, or the cl100k_base tokens of one, as OpenAI's clients send them. */
export type EmbeddingInput = string | readonly number[]

export type Refusal = { readonly code: ErrorCode; readonly message: string }

export type Read =
  | { readonly kind: 'read'; readonly texts: readonly (readonly number[])[]; readonly tokens: number }
  | ({ readonly kind: 'refused' } & Refusal)

/** Turns inputs into the model's own tokens, or says why that cannot be; yields now and then, so that others can be served. */
export async function* readInputs(
  encoder: Encoder,
  inputs: readonly EmbeddingInput[],
): AsyncGenerator<undefined, Read> {
  const texts: (readonly number[])[] = []
  let total = 0
  let unyielded = 0
  for (const [at, input] of inputs.entries()) {
    const text = typeof input === 'string' ? input : await decodeTokens(input)
    if (text === undefined || text === '') {
      return refused(
        'invalid_request',
        `input[${at}] must be a text with at least one character, or tokens of cl100k_base.`,
      )
    }
    const tokens = text.length > textCharactersMax ? undefined : encoder.tokenizer.encode(text)
    if (!tokens || tokens.length > textTokensMax) {
      const size = tokens ? `${tokens.length} tokens` : `${text.length} characters`
      const most = `${textTokensMax} tokens and ${textCharactersMax} characters`
      return refused('context_length_exceeded', `input[${at}] has ${size}; use-lite reads at most ${most}.`)
    }
    texts.push(tokens)
    total += tokens.length
    if (total > callTokensMax)
      return refused('invalid_request', `The inputs have over ${callTokensMax} tokens together; send fewer at once.`)
    unyielded += text.length
    if (unyielded < textCharactersMax) continue
    unyielded = 0
    yield
  }
  return { kind: 'read', texts, tokens: total }
}

const refused = (code: ErrorCode, message: string): Read => ({ kind: 'refused', code, message })

/** Embeds texts in steps of one small batch, so that others can be served in between; yields nothing, returns one vector a text. */
export async function* embed(
  encoder: Encoder,
  texts: readonly (readonly number[])[],
  dimensions: number,
): AsyncGenerator<undefined, readonly Float32Array[]> {
  const windows = texts.flatMap((tokens, text) => cutWindows(tokens, windowTokens).map((window) => ({ window, text })))
  const parts = texts.map((): { vector: Float32Array; tokens: number }[] => [])
  const batches = groupByLength(
    windows.map(({ window }) => window.length),
    batchTokens,
  )
  for (const batch of batches) {
    const vectors = await encoder.encode(batch.map((index) => windows[index]!.window))
    for (const [at, index] of batch.entries()) {
      const { window, text } = windows[index]!
      parts[text]!.push({ vector: vectors[at]!, tokens: window.length })
    }
    yield
  }
  return parts.map((part) => joinVectors(part, dimensions))
}
