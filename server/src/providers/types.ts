import type { JsonObject } from '../core/json.ts'

/** The three calls that a provider serves, named after OpenAI's paths. */
export type Endpoint = 'chat' | 'completions' | 'embeddings'

export type UpstreamCall = {
  readonly endpoint: Endpoint
  /** OpenAI's shape; `model` is the upstream's own name. Sent as it is: the gateway has decided every field. */
  readonly body: JsonObject
  readonly stream: boolean
  readonly connectTimeoutMs: number
}

export type AnswerHead = { readonly status: number; readonly headers: Readonly<Record<string, string>> }

/** Why no whole answer came. `refused-address` is our own guard; nothing left this machine. */
export type UpstreamFault = {
  readonly kind: 'connect' | 'reset' | 'protocol' | 'refused-address'
  /** For the log and the attempt row: never a key. */
  readonly message: string
}

/**
 * Receives an answer in OpenAI's wire format (JSON, or server-sent events when streamed), content encoding removed.
 * Exactly one of `onEnd` and `onFault` is called, last. Nothing is called before `send` returned, nor after `cancel`.
 */
export type AnswerSink = {
  readonly onHead: (head: AnswerHead) => void
  /** `false` asks for silence until `resume`; at most a few buffers may still come. */
  readonly onBytes: (bytes: Buffer) => boolean
  readonly onEnd: () => void
  readonly onFault: (fault: UpstreamFault) => void
}

/** An answer under way. Both are safe at any time, any number of times. */
export type Flight = {
  readonly resume: () => void
  /** Closes the connection (or stops the model) at once. */
  readonly cancel: () => void
}

/** Something that answers calls. It knows bytes and JSON; never keys' owners, prices or the database. */
export type Provider = {
  readonly name: string
  readonly send: (call: UpstreamCall, sink: AnswerSink) => Flight
  /** Exact prompt tokens where the provider is our own and can tell; absent: counted with a general tokenizer. */
  readonly countPromptTokens?: (call: Pick<UpstreamCall, 'endpoint' | 'body'>) => Promise<number>
  /**
   * What of a request this provider cannot do and will leave out: sentences that name the field. The caller is warned, or
   * the offer is passed over when the caller is strict. Absent: the provider takes everything.
   */
  readonly leavesOut?: (call: Pick<UpstreamCall, 'endpoint' | 'body' | 'stream'>) => readonly string[]
  /** Exact tokens of delivered text, likewise. */
  readonly countOutputTokens?: (upstreamModel: string, texts: readonly string[]) => Promise<number>
  readonly close: () => Promise<void>
}

/** How a look-alike of OpenAI's API differs. All that is known of it is one such row. */
export type Dialect = {
  readonly id: string
  /** The environment variable that holds its key, where it has one. */
  readonly keyVariable?: string
  /** The environment variable that replaces its base URL, where its own library reads one of the same shape. */
  readonly baseUrlVariable?: string
  readonly baseUrl?: string
  /** The loopback port on which it usually listens, for servers that run beside us. */
  readonly loopbackPort?: number
  /** The name of this provider in the price list, where it has one. */
  readonly priceListId?: string
  /** The field that bounds the output of a chat completion; in a plain completion it is always `max_tokens`. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  /** Whether it understands `stream_options.include_usage`. */
  readonly streamUsage: boolean
  /** Whether GET /models answers to its key; absent means yes. */
  readonly listsModels?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** Whether it checks its input and refuses what OpenRouter added to chat completions; absent means no. */
  readonly refusesExtensions?: boolean
  /** Whether it knows `reasoning`, with budgets, and not `reasoning_effort` alone. */
  readonly takesReasoning?: boolean
  /** The field of an assistant message in which it wants its reasoning back, where that is not `reasoning_details`. */
  readonly reasoningBack?: 'reasoning_content'
}

export type ProviderSettings = {
  readonly name: string
  /** An id of the table of dialects: `openai`, `openrouter`, ..., `compatible` for anything else. */
  readonly dialect: string
  readonly baseUrl: string
  readonly apiKey: string | undefined
  /** Whether loopback and private addresses may be called. */
  readonly allowPrivate: boolean
}
