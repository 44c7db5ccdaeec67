import type { Clock } from '../core/clock.ts'
import type { JsonObject, JsonValue } from '../core/json.ts'
import type { ResolveName } from '../platform/guard/index.ts'
import type { ProviderSettings, UpstreamCall } from './types.ts'

/** An API other than OpenAI's that providers speak: how it says everything, and how it is sent. */
export type NativeApi = {
  readonly translation: Translation
  /** How its streams are cut into events. */
  readonly framing: Framing
  readonly openAuthorization: OpenAuthorization
  /** Why a key cannot be used, a sentence that holds no part of it; absent: any that can stand in a header can. */
  readonly checkKey?: (apiKey: string) => string | undefined
  /** How it lists its models; absent: it does not, here. */
  readonly modelList?: {
    readonly path: string
    readonly headers?: Readonly<Record<string, string>>
    /** The upstream's own names; `undefined` for an answer that is no list. */
    readonly read: (answer: JsonValue | undefined) => readonly string[] | undefined
  }
}

/** A call in OpenAI's form, `model` being the upstream's own name. */
export type AskedCall = Pick<UpstreamCall, 'endpoint' | 'body' | 'stream'>

/** Says OpenAI's API in a provider's own. Pure: no clock, no network, nothing kept between calls. */
export type Translation = {
  readonly write: (call: AskedCall) => Written
  /** A whole answer as a chat completion, or as a list of embeddings; `undefined` when it is no answer. */
  readonly readAnswer: (answer: JsonObject, facts: AnswerFacts) => JsonObject | undefined
  readonly openStream: (facts: AnswerFacts) => StreamTranslation
  /** What an answer of another status says; `body` is `undefined` when it is not JSON. */
  readonly readError: (status: number, body: JsonValue | undefined) => ProviderError
}

/** A call in the provider's own form. */
export type Written =
  | {
      readonly kind: 'request'
      /** Begins with a slash; a version that the base URL ends with already is not said twice. */
      readonly path: string
      readonly headers?: Readonly<Record<string, string>>
      readonly body: JsonObject
      /** What it cannot say and leaves out: sentences that name the field. */
      readonly leftOut: readonly string[]
    }
  /** What cannot be left out cannot be said either: a sentence that names the field. Nothing is sent. */
  | { readonly kind: 'refused'; readonly why: string }

/** What an answer is read with. */
export type AnswerFacts = {
  readonly call: AskedCall
  /** Seconds since 1970. */
  readonly created: number
  /** Lower case, as they came. */
  readonly headers: Readonly<Record<string, string>>
}

/** One event of a provider's stream. */
export type ProviderEvent = { readonly name: string | undefined; readonly data: JsonObject }

/**
 * What an event becomes: a `chat.completion.chunk`, an object with `error` (after which nothing is read), or the end.
 * The usage stands in chunks with `choices: []`, which callers are not shown: one at the end, or one after each chunk where
 * the provider tells what all was used as of then. A call that is cut pays by the newest, so half of one would be believed;
 * with `completion_tokens: null` it tells of the prompt alone, and what was delivered is counted.
 */
export type StreamPiece = JsonObject | 'done'

export type StreamTranslation = {
  readonly read: (event: ProviderEvent) => readonly StreamPiece[]
  /** The stream is over: what is still owed where it came to its end, nothing where it was cut. */
  readonly end: () => readonly StreamPiece[]
}

/** The `error` of OpenAI's envelope. */
export type ProviderError = {
  readonly message: string
  readonly type?: string | undefined
  readonly code?: string | undefined
  readonly param?: string | undefined
  /** The status that says what is meant, where the provider's own does not; absent: its own. */
  readonly status?: number | undefined
  /** When to try again, where it stands in the body and not in a header. */
  readonly retryAfterSeconds?: number | undefined
}

export type Framing = {
  /** The media type of a stream, asked for and expected. */
  readonly contentType: string
  readonly openFramer: () => Framer
}

export type Framer = {
  /** Takes the next bytes, cut anywhere, and gives the events that they complete. Holds a bounded part of them. */
  readonly push: (bytes: Buffer) => Framed
  /** After the last byte. */
  readonly finish: () => Framed
}

/** `fault`: what came after the events is no stream; nothing is read any more. */
export type Framed = { readonly events: readonly ProviderEvent[]; readonly fault?: string }

/** A request that is finished but for its authorization. */
export type OutgoingRequest = {
  readonly method: 'GET' | 'POST'
  /** `https://api.anthropic.com` */
  readonly origin: string
  /** With its query. */
  readonly path: string
  /** Names, lower case, and values in turn. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
}

/**
 * Gives the headers that authorize a request: names and values in turn. May take time (a token that is refreshed), bounded
 * by itself. What it throws is told as the reason of the failure, so its message never holds a secret.
 */
export type Authorization = (request: OutgoingRequest) => readonly string[] | Promise<readonly string[]>

export type OpenAuthorization = (settings: ProviderSettings, deps: AuthorizationDeps) => Authorization

export type AuthorizationDeps = {
  readonly clock: Clock
  /** For those that have to ask somebody: names are resolved with this instead of the system's resolver. */
  readonly resolve?: ResolveName | undefined
}
