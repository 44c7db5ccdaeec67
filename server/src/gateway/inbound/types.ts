import type { AppError } from '../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../core/json.ts'
import type { Endpoint } from '../../providers/index.ts'

/**
 * An API that callers speak. Inside, every call is in OpenAI's form: its chat completions for everything that generates
 * text. An inbound API reads its own requests into that form, and writes answers, streams and errors in its own.
 */
export type InboundApi = {
  /** For logs, metrics and receipts: `chat`, `messages`, ... */
  readonly name: string
  /** What a provider is asked for. */
  readonly endpoint: Endpoint
  /** The model that is meant where a request names none. */
  readonly defaultModel?: string
  /** The header in which its clients look for the request id, where it is not `x-request-id`. */
  readonly requestIdHeader?: string
  readonly read: (body: JsonObject, stored?: StoredBefore) => InboundRead
  /** Whether its answers can be stored; what a request says of the one that it goes on from. */
  readonly previousOf?: (body: JsonObject) => JsonValue | undefined
  /** What its headers ask for and nobody does here: sentences, for the caller to know. */
  readonly warnOfHeaders?: (header: (name: string) => string | undefined) => readonly string[]
  /** Writes a whole answer that came in OpenAI's form; `usage` in it has the cost already. */
  readonly writeAnswer: (answer: JsonObject, facts: AnswerFacts) => JsonObject
  readonly openStream: (facts: AnswerFacts) => StreamWriter
  readonly writeError: (error: AppError, facts: Pick<AnswerFacts, 'requestId'>) => object
}

/** The part of an API that counts the tokens of a prompt. */
export type CountApi = InboundApi & { readonly writeCount: (promptTokens: number) => object }

export type InboundRead =
  | {
      readonly kind: 'read'
      readonly body: JsonObject
      readonly warnings?: readonly string[]
      /** The same as a chat, where it is none. */
      readonly asChat?: ChatForm
      /** All items that the model is told, where the answer is to be stored with them. */
      readonly conversation?: readonly JsonObject[]
    }
  | { readonly kind: 'invalid'; readonly message: string; readonly param?: string }

/** Given where answers to the caller may be stored. */
export type StoredBefore = {
  /** The items of the conversation that the request goes on from; none where it begins one. */
  readonly items: readonly JsonObject[]
}

/** What is asked of providers that have chats alone; `none`: no chat says what `field` does. */
export type ChatForm =
  | { readonly kind: 'chat'; readonly body: JsonObject }
  | { readonly kind: 'none'; readonly field: string; readonly why: string }

/** What answers may tell of a call besides what the model wrote. */
export type AnswerFacts = {
  readonly requestId: string
  /** `gen-...` */
  readonly generationId: string
  /** The model as callers name it here. */
  readonly model: string
  readonly createdAtMs: number
  readonly nowMs: () => number
  /** The request as the caller sent it. */
  readonly asked: JsonObject
  /** Whether the caller asked for the usage of a stream, where that is a matter of asking. */
  readonly wantsUsage: boolean
  /** Whether the answer is stored. */
  readonly isStored: boolean
}

/** Writes a stream in the form that its caller reads. Called in order: chunks, then exactly one of `finish` and `error`. */
export type StreamWriter = {
  /** One chunk in OpenAI's form, and the event's own bytes where it came from a provider. */
  readonly chunk: (chunk: JsonObject, raw?: Buffer) => Buffer | string
  /** The last events, once the charge is committed; `routing` where the caller asked how the call was routed. */
  readonly finish: (usage: JsonObject, routing?: JsonObject) => string
  readonly error: (error: AppError) => string
  /** The whole answer once it is finished, of an API whose answers can be stored. */
  readonly whole?: () => JsonObject | undefined
  /** Sent while the model is silent. */
  readonly keepAlive: string
}
